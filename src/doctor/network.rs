//! Checks name, port, certificate, path and clock: everything that comes before the credential.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{
    Response,
    header::{CONTENT_TYPE, DATE, HeaderMap, VIA},
    tls::TlsInfo,
};
use serde_json::Value;
use tokio::net::{TcpStream, lookup_host};
use url::Url;
use x509_cert::{Certificate, der::Decode};

use super::Report;
use crate::argocd::{Instance, claims::coarse, fault};

/// How long it may take to look up the name, and to connect.
const PATIENCE: Duration = Duration::from_secs(10);
/// A certificate that expires within so many days is reported.
const SOON: i64 = 14;
/// A clock that is wrong by more than so many seconds makes tokens invalid.
const SKEW: i64 = 60;

/// Whether an Argo CD answers at the base URL.
pub(super) async fn reach(report: &mut Report, instance: &Instance, patience: Duration) -> bool {
    let Ok(url) = Url::parse(&instance.base_url) else { return false };
    let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(443));
    if instance.proxied {
        report.ok("proxy", "the proxy of the environment looks name and port up (NO_PROXY excludes hosts)");
    } else if !connects(report, host.trim_matches(['[', ']']), port).await {
        return false;
    }
    if url.scheme() == "http" {
        report.warn(
            "tls",
            "http: the token travels unencrypted",
            "Use https, unless this stays within a cluster or a machine.",
        );
    }
    let request = instance.http.get(format!("{}/api/version", instance.base_url)).timeout(patience);
    match request.send().await {
        Ok(response) => answers(report, response, instance, patience).await,
        Err(error) => {
            unreachable(report, &error.without_url(), instance, patience);
            false
        }
    }
}

async fn connects(report: &mut Report, host: &str, port: u16) -> bool {
    let found = tokio::time::timeout(PATIENCE, lookup_host((host, port))).await;
    let addresses: Vec<_> = match found {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => {
            report.fail(
                "dns",
                format!("{host} is not found: {error}"),
                "Check the host in the base URL, and the DNS of this machine or its VPN.",
            );
            return false;
        }
        Err(_) => {
            report.fail(
                "dns",
                format!("looking {host} up takes longer than {} s", PATIENCE.as_secs()),
                "Check the DNS of this machine or its VPN.",
            );
            return false;
        }
    };
    let listed: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    report.ok("dns", format!("{host} is {}", listed.join(", ")));
    let connected = async {
        let mut last = None;
        for address in &addresses {
            match TcpStream::connect(address).await {
                Ok(_) => return Ok(()),
                Err(error) => last = Some(error),
            }
        }
        Err(last.map_or_else(|| "no address".to_owned(), |error| error.to_string()))
    };
    let problem = match tokio::time::timeout(PATIENCE, connected).await {
        Ok(Ok(())) => {
            report.ok("tcp", format!("port {port} is open"));
            return true;
        }
        Ok(Err(problem)) => problem,
        Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
    };
    report.fail(
        "tcp",
        format!("port {port} cannot be reached: {problem}"),
        "Is Argo CD up, the port right, and no firewall in between?",
    );
    false
}

fn unreachable(report: &mut Report, error: &reqwest::Error, instance: &Instance, patience: Duration) {
    let cause = fault::root_cause(error);
    let (check, text) = match error.is_connect() {
        true if instance.proxied => ("proxy", format!("no connection: {cause}")),
        true if instance.base_url.starts_with("https:") => ("tls", format!("no connection: {cause}")),
        _ if error.is_timeout() => ("http", format!("no answer within {} s", patience.as_secs())),
        _ => ("http", format!("no answer: {cause}")),
    };
    let fix = match fault::connection_hint(&cause) {
        Some(hint) => hint,
        None if instance.proxied => fault::PROXY_DOWN,
        None => "Is this Argo CD's address, with its scheme and port?",
    };
    report.fail(check, text, fix);
}

async fn answers(report: &mut Report, response: Response, instance: &Instance, patience: Duration) -> bool {
    if let Some(info) = response.extensions().get::<TlsInfo>() {
        certificate(report, info);
    }
    let (status, headers) = (response.status(), response.headers().clone());
    clock(report, &headers);
    if let Some(via) = headers.get(VIA).and_then(|value| value.to_str().ok()) {
        report.ok("proxy", format!("there is one in between: {via}"));
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("nothing").to_owned();
    if status.is_redirection() {
        report.fail(
            "path",
            format!("it redirects to {}", fault::redirect_target(&headers)),
            "Set the base URL to the address that answers itself: https instead of http, with its path.",
        );
        return false;
    }
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) => {
            let cause = fault::root_cause(&error.without_url());
            report.fail("path", format!("/api/version broke off: {cause}"), fault::TROUBLE);
            return false;
        }
    };
    let version: Option<Value> = serde_json::from_slice(&body).ok();
    let version = version.as_ref().and_then(|version| version.get("Version")?.as_str());
    match version.filter(|_| status.is_success()) {
        Some(version) => {
            report.ok("path", format!("Argo CD {version} answers"));
            if !kind.starts_with("application/json") {
                report.warn(
                    "path",
                    format!("its content type is {kind}"),
                    "A proxy changes answers: let it pass them on as they are.",
                );
            }
            true
        }
        None if status.is_server_error() => {
            report.fail("path", format!("/api/version answers {status}"), fault::TROUBLE);
            false
        }
        None if matches!(status.as_u16(), 407 | 429) => {
            let error = fault::refusal(status, &headers, &body);
            let fix = error.hint.unwrap_or_else(|| {
                "A proxy wants a credential of its own: put it into its variable, or into ARGOCD_EXTRA_HEADERS.".into()
            });
            report.fail("path", format!("/api/version {}", error.message), fix);
            false
        }
        None if status.is_success() && body.trim_ascii().is_empty() => {
            report.fail("path", "/api/version answers nothing at all", fault::TROUBLE);
            false
        }
        None => {
            let fix = match shorter(instance, patience).await {
                Some(base_url) => format!("Argo CD answers at {base_url}: set the base URL to that."),
                None => "The path below which Argo CD is served (--rootpath) belongs into the base URL; a login page in front of it must let the API pass.".into(),
            };
            let text = format!("/api/version answers {} with {kind}, not as an Argo CD does", status.as_u16());
            report.fail("path", text, fix);
            false
        }
    }
}

/// A beginning of the base URL at which an Argo CD answers: the rest may be the path of a page in a browser.
async fn shorter(instance: &Instance, patience: Duration) -> Option<String> {
    let url = Url::parse(&instance.base_url).ok()?;
    let (origin, mut path) = (url.origin().ascii_serialization(), url.path().trim_end_matches('/'));
    while let Some((above, _)) = path.rsplit_once('/') {
        path = above;
        let base_url = format!("{origin}{path}");
        let asked = instance.http.get(format!("{base_url}/api/version")).timeout(patience).send().await;
        let body = asked.ok()?.bytes().await.unwrap_or_default();
        if serde_json::from_slice::<Value>(&body).is_ok_and(|version| version.get("Version").is_some()) {
            return Some(base_url);
        }
    }
    None
}

fn certificate(report: &mut Report, info: &TlsInfo) {
    let Some(certificate) = info.peer_certificate().and_then(|der| Certificate::from_der(der).ok()) else { return };
    let certificate = certificate.tbs_certificate();
    let until = certificate.validity().not_after.to_unix_duration().as_secs();
    let left = i64::try_from(until).unwrap_or(i64::MAX) - Timestamp::now().as_second();
    let text = format!("certificate of {}, issued by {}", certificate.subject(), certificate.issuer());
    match left {
        ..0 => report.warn(
            "tls",
            format!("{text}, expired {} ago", coarse(left)),
            "Renew it; it is only accepted because certificates are not verified.",
        ),
        left if left < SOON * 86_400 => report.warn("tls", format!("{text}, {} left", coarse(left)), "Renew it soon."),
        left => report.ok("tls", format!("{text}, {} left", coarse(left))),
    }
}

fn clock(report: &mut Report, headers: &HeaderMap) {
    let date = headers.get(DATE).and_then(|value| value.to_str().ok());
    let Some(theirs) = date.and_then(|date| rfc2822::parse(date).ok()) else { return };
    let off = Timestamp::now().as_second() - theirs.timestamp().as_second();
    if off.abs() > SKEW {
        let direction = if off > 0 { "ahead of" } else { "behind" };
        report.warn(
            "clock",
            format!("this machine is {} {direction} the server", coarse(off)),
            "Set the clocks by NTP: tokens are valid between two times.",
        );
    } else {
        report.ok("clock", "agrees with the server's");
    }
}
