//! Receives the answer to a sign-in: one GET of the browser to `http://localhost:<port>/auth/callback`.
//!
//! Only a request with the state of this sign-in is its answer. Any other request is refused and changes nothing.

use std::{io, net::Ipv4Addr, net::Ipv6Addr, sync::Arc, time::Duration};

use openidconnect::CsrfToken;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use url::Url;

use crate::{
    config::sign_in::PORT,
    error::{Error, Kind},
};

/// The path that is registered with providers for the argocd command line.
pub(super) const PATH: &str = "/auth/callback";
/// Longest head of a request, in bytes.
const HEAD: usize = 16 << 10;
/// How long a browser may take to send its request.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many connections are served at a time; browsers open some in advance.
const CONNECTIONS: usize = 32;

/// The port, at both addresses that `localhost` may mean.
#[derive(Debug)]
pub(super) struct Listener {
    v4: TcpListener,
    v6: Option<TcpListener>,
}

/// The answer to the sign-in: a code, or why the provider refused.
pub(super) struct Answer {
    pub(super) code: Result<String, String>,
    page: oneshot::Sender<Page>,
    shown: oneshot::Receiver<()>,
}

struct Page {
    status: &'static str,
    text: String,
}

impl Page {
    fn new(status: &'static str, text: &str) -> Self {
        Self { status, text: text.to_owned() }
    }
}

impl Answer {
    /// Shows the person in the browser how the sign-in ended.
    pub(super) async fn show(self, outcome: Result<(), String>) {
        let page = match outcome {
            Ok(()) => Page::new("200 OK", "Signed in. This window can be closed; ask again."),
            Err(problem) => Page::new("400 Bad Request", &format!("The sign-in failed: {problem}")),
        };
        if self.page.send(page).is_ok() {
            let _ = tokio::time::timeout(PATIENCE, self.shown).await;
        }
    }
}

impl Listener {
    /// Takes the port. `bundled` tells that the provider is Argo CD's own Dex, which knows one port alone.
    ///
    /// # Errors
    /// [`Kind::Unavailable`]: another program has the port. [`Kind::Configuration`]: the port cannot be had.
    pub(super) async fn bind(port: u16, bundled: bool) -> Result<Self, Error> {
        let taken = |error: io::Error| {
            let message = format!("port {port}, at which the answer to a sign-in arrives, cannot be had: {error}");
            let other = match bundled {
                true => "end what has it: Argo CD's own Dex answers at no other port",
                false => "set --sso-port (ARGOCD_MCP_SSO_PORT) to a port that is registered with the provider",
            };
            let in_use = error.kind() == io::ErrorKind::AddrInUse;
            Error::new(if in_use { Kind::Unavailable } else { Kind::Configuration }, message).hint(format!(
                "If another argocd-mcp waits for a sign-in, finish that one, or wait five minutes; else {other}."
            ))
        };
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(taken)?;
        let v6 = match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(listener) => Some(listener),
            // A browser that tries IPv6 first would bring the answer to another program.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(taken(error)),
            Err(_) => None,
        };
        Ok(Self { v4, v6 })
    }

    /// Waits for the answer to a sign-in. Dropping `served` ends the connections that are served meanwhile.
    pub(super) async fn answer(&self, state: &CsrfToken, served: &mut JoinSet<()>) -> Answer {
        let (sender, mut receiver) = mpsc::channel(1);
        let state = Arc::new(state.clone());
        loop {
            let accepted = tokio::select! {
                Some(answer) = receiver.recv() => return answer,
                accepted = self.v4.accept() => accepted,
                accepted = accept(self.v6.as_ref()) => accepted,
                Some(_) = served.join_next(), if !served.is_empty() => continue,
            };
            match accepted {
                Ok((stream, _)) if served.len() < CONNECTIONS => {
                    let (state, sender) = (Arc::clone(&state), sender.clone());
                    served.spawn(async move { drop(serve(stream, &state, sender).await) });
                }
                Ok(_) => {}
                // Out of file descriptors, perhaps: no reason to spin.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

/// Why a sign-in at this port will fail at Argo CD's own Dex, whose registered ports nobody can change; `bundled` tells
/// that the provider is that Dex.
pub(super) fn unregistered(port: u16, bundled: bool) -> Option<Error> {
    let message = format!(
        "port {port} is not registered with Argo CD's own Dex, which will refuse the sign-in (Unregistered redirect_uri)"
    );
    let hint = format!("It has http://localhost:{PORT}{PATH} alone: leave --sso-port (ARGOCD_MCP_SSO_PORT) out.");
    (bundled && port != PORT).then(|| Error::new(Kind::Configuration, message).hint(hint))
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, std::net::SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

async fn serve(mut stream: TcpStream, state: &CsrfToken, answers: mpsc::Sender<Answer>) -> io::Result<()> {
    let read = tokio::time::timeout(PATIENCE, read_target(&mut stream)).await;
    let (page, shown) = match read {
        Err(_) => return Ok(()),
        Ok(target) => match target?.and_then(|target| understand(&target, state)) {
            Err(page) => (page, None),
            Ok(code) => {
                let (sender, page) = oneshot::channel();
                let (told, shown) = oneshot::channel();
                // Only the first answer counts: a later one is a replay.
                let page = match answers.try_send(Answer { code, page: sender, shown }) {
                    Ok(()) => page.await.ok(),
                    Err(_) => None,
                };
                (page.unwrap_or_else(|| Page::new("400 Bad Request", "This sign-in is over.")), Some(told))
            }
        },
    };
    let body = format!("<!doctype html><meta charset=utf-8><title>argocd-mcp</title><p>{}</p>\n", escape(&page.text));
    let head = format!(
        "HTTP/1.1 {}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\ncache-control: no-store\r\nreferrer-policy: no-referrer\r\ncontent-security-policy: default-src 'none'\r\nx-content-type-options: nosniff\r\n\r\n",
        page.status,
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    stream.shutdown().await?;
    let _ = shown.map(|shown| shown.send(()));
    Ok(())
}

/// Reads path and query of a GET. The rest of its head is read and ignored.
async fn read_target(stream: &mut TcpStream) -> io::Result<Result<String, Page>> {
    let mut head = vec![];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0; 2048];
        let read = stream.read(&mut part).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(part.get(..read).unwrap_or_default());
        if head.len() > HEAD {
            return Ok(Err(Page::new("431 Request Header Fields Too Large", "This is too long.")));
        }
    }
    let text = String::from_utf8_lossy(&head);
    let mut line = text.lines().next().unwrap_or_default().split(' ');
    Ok(match (line.next(), line.next(), line.next()) {
        (Some("GET"), Some(target), Some("HTTP/1.1" | "HTTP/1.0")) if target.starts_with('/') => Ok(target.to_owned()),
        (Some("GET"), ..) => Err(Page::new("400 Bad Request", "This is no request.")),
        _ => Err(Page::new("405 Method Not Allowed", "Only GET is answered here.")),
    })
}

/// Reads the answer to the sign-in from a request: a code, or why the provider refused. `Err` is the page for a request
/// that is no answer to this sign-in.
fn understand(target: &str, state: &CsrfToken) -> Result<Result<String, String>, Page> {
    let url = Url::parse(&format!("http://localhost{target}")).ok();
    let Some(url) = url.filter(|url| url.path() == PATH) else {
        return Err(Page::new("404 Not Found", "There is nothing here."));
    };
    let value = |wanted: &str| url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    if value("state").as_deref() != Some(state.secret()) {
        let text = "This is not the answer to the sign-in that argocd-mcp waits for. Open the address it gave again.";
        return Err(Page::new("400 Bad Request", text));
    }
    match (value("error"), value("code")) {
        (Some(error), _) => {
            let description = value("error_description").map(|text| format!(": {text}")).unwrap_or_default();
            Ok(Err(format!("the identity provider refused: {error}{description}").chars().take(300).collect()))
        }
        (None, Some(code)) if !code.is_empty() => Ok(Ok(code)),
        _ => Err(Page::new("400 Bad Request", "This answer has no code.")),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
