//! Refuses addresses to which a URL that a caller chose must not lead: this machine, its link, the metadata of its
//! cloud.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::error::{Error, Kind};

/// Resolves names as the system does, and fails if one of the addresses is refused. That is checked for each
/// connection, so that a name cannot change its meaning after the check.
#[derive(Clone, Copy, Debug)]
pub struct Guard;

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<_> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            if let Some(bad) = found.iter().find(|address| is_refused(address.ip())) {
                return Err(refusal(&host, bad.ip()).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl Guard {
    /// Checks an address that stands in a URL instead of a name: the resolver never sees it.
    ///
    /// # Errors
    /// [`Kind::Policy`]: the address is refused.
    pub fn check_literal(base_url: &str) -> Result<(), Error> {
        let url = Url::parse(base_url).ok();
        let address: Option<IpAddr> = url.as_ref().and_then(Url::host).and_then(|host| match host {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        });
        match address.filter(|address| is_refused(*address)) {
            Some(address) => Err(Error::new(Kind::Policy, refusal(base_url, address))),
            None => Ok(()),
        }
    }
}

fn refusal(host: &str, address: IpAddr) -> String {
    format!("{host} leads to {address}, an address of this machine or its surroundings, which callers may not choose")
}

/// Whether an address is refused: loopback, this machine's own addresses, link-local, unspecified, multicast, and the
/// addresses at which clouds give out the credentials of a machine.
fn is_refused(address: IpAddr) -> bool {
    let refused = match address {
        IpAddr::V4(v4) => refused_v4(v4),
        IpAddr::V6(v6) => refused_v6(v6),
    };
    refused || is_own(address)
}

/// Whether an address is this machine's own: then it is also the source of what would be sent there. Nothing is sent.
fn is_own(address: IpAddr) -> bool {
    let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let from = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect((address, 9))?;
        socket.local_addr()
    });
    from.is_ok_and(|from| from.ip() == address)
}

fn refused_v6(v6: Ipv6Addr) -> bool {
    let segments = v6.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    let carried = match segments {
        // 64:ff9b::/96 (RFC 6052), 64:ff9b:1::/48 (RFC 8215), ::ffff:0:0:0/96 (RFC 7915) and 2002::/16 (RFC 3056).
        [0x64, 0xff9b, 0 | 1, .., high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => v6.to_ipv4(),
    };
    carried.is_some_and(refused_v4)
        || v6.is_loopback()
        || v6.is_unspecified()
        || v6.is_multicast()
        // Link-local, and site-local of old (RFC 3879).
        || segments[0] & 0xff80 == 0xfe80
        // Metadata of AWS, Google, Scaleway and Oracle.
        || matches!(segments, [0xfd00, 0xec2, ..] | [0xfd20, 0xce, ..] | [0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42] | [0xfd00, 0xc1, ..])
}

fn refused_v4(v4: Ipv4Addr) -> bool {
    /// Oracle's, Alibaba's and Azure's metadata services outside the link-local range.
    const METADATA: &[[u8; 4]] = &[[192, 0, 0, 192], [100, 100, 100, 200], [168, 63, 129, 16]];
    v4.is_loopback()
        || v4.is_link_local()
        || v4.octets()[0] == 0
        || v4.is_broadcast()
        || v4.is_multicast()
        || METADATA.contains(&v4.octets())
}
