//! The requests of one tool call to one instance: their deadline, their retries, and the subject of their errors.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{
    exec::Connection,
    fault,
    instance::Instance,
    operations,
    reply::{BUFFERED_CAP, Reply},
    secrets::Secrets,
    token::TokenSource,
    wire::Wire,
};
use crate::{
    error::{Error, Kind},
    release::Release,
};

/// A generated operation of Argo CD's API.
pub struct Operation {
    /// The `operationId` of the swagger.
    pub id: &'static str,
    /// The HTTP method: `GET`.
    pub method: &'static str,
    /// The template of the path.
    pub path: &'static str,
    /// Name of each parameter on the wire, and whether it is in the path.
    pub parameters: &'static [(&'static str, bool)],
    /// Whether the operation takes a JSON body.
    pub body: bool,
    /// Hands the values to the generated client.
    pub send: fn(Connection, Wire) -> BoxFuture<'static, Result<Reply, Error>>,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.id, self.method, self.path)
    }
}

/// How long the release of a server is believed; an upgrade is noticed after that.
const RELEASE_TTL: Duration = Duration::from_secs(600);
/// How long to wait before a server that did not tell its release is asked again.
const NO_RELEASE_TTL: Duration = Duration::from_secs(30);
/// A write is not sent in the last tenth of its call's time, at most the last three seconds: Argo CD could not answer it
/// in time.
const TO_WRITE: (u32, Duration) = (10, Duration::from_secs(3));
/// The hint for a call whose time is over.
const GIVEN_UP: &str = "The call was given up; ARGOCD_MCP_TIMEOUT sets how many seconds it may take.";

/// Sends the requests of one tool call.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) instance: Arc<Instance>,
    deadline: Instant,
    /// How long before the deadline a write may still be sent.
    to_write: Duration,
    retries: u32,
    /// Whether something else than a GET was sent.
    wrote: Arc<AtomicBool>,
    /// The secrets that were sent, which no answer may show.
    secrets: Secrets,
}

impl Session {
    /// Makes a session for a call that must be over after `patience`. Requests of a call that `writes` are never
    /// repeated.
    pub fn new(instance: Arc<Instance>, patience: Duration, writes: bool) -> Self {
        let secrets = Secrets::of(&instance);
        Self {
            instance,
            deadline: Instant::now() + patience,
            to_write: (patience / TO_WRITE.0).min(TO_WRITE.1),
            retries: if writes { 0 } else { 2 },
            wrote: Arc::default(),
            secrets,
        }
    }

    /// This session with another deadline, for questions about a call whose time is over.
    #[must_use]
    pub fn again(&self, patience: Duration) -> Self {
        Self { deadline: Instant::now() + patience, ..self.clone() }
    }

    /// The base URL of the instance.
    pub fn base_url(&self) -> &str {
        &self.instance.base_url
    }

    /// Whether a request was sent that may have changed something.
    pub fn wrote(&self) -> bool {
        self.wrote.load(Ordering::Relaxed)
    }

    /// Until when a write may be sent: after that too little of the call's time is left for an answer.
    pub fn write_by(&self) -> Instant {
        self.deadline.checked_sub(self.to_write).unwrap_or(self.deadline)
    }

    /// Adds a secret that is sent in a body, to be hidden in answers.
    pub fn keep_secret(&self, secret: &SecretString) {
        self.secrets.add(secret.expose_secret());
    }

    /// A text without the secrets of the instance.
    pub fn hidden(&self, text: String) -> String {
        self.secrets.hidden(&text).unwrap_or(text)
    }

    /// JSON without the secrets of the instance.
    pub fn hidden_value(&self, value: Value) -> Value {
        self.secrets.hidden_value(value)
    }

    /// An error without the secrets of the instance.
    pub fn hidden_error(&self, error: Error) -> Error {
        self.secrets.hidden_in(error)
    }

    /// Sends an operation and returns its unread answer. After a 401 even a write is sent again, if the source has
    /// another token: Argo CD did nothing.
    ///
    /// # Errors
    /// Argo CD refuses, as [`fault::refusal`] says; the connection fails, as [`fault::transport`] says; there is no
    /// token, as [`TokenSource::token`] says. Each message names the instance.
    pub async fn send(&self, operation: &'static Operation, wire: Wire) -> Result<Reply, Error> {
        let Some(source) = &self.instance.token else {
            return self.attempt(operation, wire, None).await.map_err(|error| self.name_subject(error));
        };
        let token = self.token(source).await?;
        match self.attempt(operation, wire.clone(), Some(&token)).await {
            Err(error) if error.kind == Kind::Unauthorized => {
                if !self.in_time(source, source.refused(&token)).await? {
                    return Err(self.unauthorized(error, source, &token));
                }
                let token = self.token(source).await?;
                let again = self.attempt(operation, wire, Some(&token)).await;
                again.map_err(|error| match error.kind {
                    Kind::Unauthorized => self.unauthorized(error, source, &token),
                    _ => self.name_subject(error),
                })
            }
            sent => sent.map_err(|error| self.name_subject(error)),
        }
    }

    /// Sends an operation once, unless it writes and the time for that is over.
    async fn attempt(
        &self,
        operation: &'static Operation,
        wire: Wire,
        token: Option<&SecretString>,
    ) -> Result<Reply, Error> {
        let connection = self.connection(token)?;
        if operation.method == "GET" {
            return (operation.send)(connection, wire).await;
        }
        if Instant::now() > self.write_by() {
            // The address of Argo CD comes in front.
            let message = "did not get this write, as too little of the call's time was left; nothing was changed";
            return Err(Error::new(Kind::Timeout, message).hint(GIVEN_UP));
        }
        let wrote = self.wrote.swap(true, Ordering::Relaxed);
        let sent = (operation.send)(connection, wire).await;
        if sent.as_ref().is_err_and(|error| error.kind == Kind::Unauthorized) {
            self.wrote.store(wrote, Ordering::Relaxed);
        }
        sent
    }

    async fn token(&self, source: &Arc<dyn TokenSource>) -> Result<SecretString, Error> {
        self.in_time(source, source.token()).await?.map_err(|error| self.hidden_error(error))
    }

    /// Waits for a source of tokens, which may ask another server, until the deadline.
    async fn in_time<T>(&self, source: &Arc<dyn TokenSource>, asked: impl Future<Output = T>) -> Result<T, Error> {
        tokio::time::timeout_at(self.deadline.into(), asked).await.map_err(|_| source.late().hint_if_none(GIVEN_UP))
    }

    fn connection(&self, token: Option<&SecretString>) -> Result<Connection, Error> {
        let authorization = token.map(|token| {
            self.keep_secret(token);
            let value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()));
            value.map(|mut value| {
                value.set_sensitive(true);
                value
            })
        });
        let authorization = authorization.transpose().map_err(|_| {
            let message = format!("the token in {} has characters that no token has", self.instance.origin());
            Error::new(Kind::Configuration, message)
        })?;
        Ok(Connection {
            base_url: self.instance.base_url.clone(),
            http: self.instance.http.clone(),
            headers: self.instance.headers.clone(),
            authorization,
            deadline: self.deadline,
            retries: self.retries,
            stream: false,
        })
    }

    fn unauthorized(&self, error: Error, source: &Arc<dyn TokenSource>, token: &SecretString) -> Error {
        let (base_url, origin) = (&self.instance.base_url, source.origin());
        let message = format!("Argo CD at {base_url} does not accept the token in {origin}: it {}", error.message);
        // The hint about a web page counts: the page comes from something in front of Argo CD.
        let hint = error.hint.clone().unwrap_or_else(|| source.way_out(token));
        self.hidden_error(Error { message, ..error }.hint(hint))
    }

    /// Sends an operation and reads its whole answer.
    ///
    /// # Errors
    /// The request fails or is refused, as [`Session::send`] says, or its answer cannot be read, as [`Reply::bytes`]
    /// says.
    pub async fn bytes(&self, operation: &'static Operation, wire: Wire) -> Result<Bytes, Error> {
        let reply = self.send(operation, wire).await?;
        reply.bytes(BUFFERED_CAP).await.map_err(|error| self.name_subject(error))
    }

    /// The release of the server. It is asked every ten minutes, and every half a minute if it does not tell (`None`).
    ///
    /// # Errors
    /// There is no token, or a [`Kind`] that [`Kind::is_on_the_way`]: every other request would fail the same way.
    pub async fn release(&self) -> Result<Option<Release>, Error> {
        // Calls that come meanwhile wait for the answer to this one.
        let mut known = self.instance.release.lock().await;
        let holds = |release: Option<Release>| if release.is_some() { RELEASE_TTL } else { NO_RELEASE_TTL };
        if let Some((_, release)) = known.filter(|(asked, release)| asked.elapsed() < holds(*release)) {
            return Ok(release);
        }
        // Without a token no other request would succeed either, and a person is asked for it only once.
        if let Some(source) = &self.instance.token {
            self.token(source).await?;
        }
        let release = match self.bytes(&operations::VERSION_SERVICE_VERSION, Wire::default()).await {
            Ok(body) => {
                let version: Option<Value> = serde_json::from_slice(&body).ok();
                version.as_ref().and_then(|version| Release::parse(version.get("Version")?.as_str()?))
            }
            Err(error) if error.kind == Kind::SignIn || error.kind.is_on_the_way() => return Err(error),
            Err(error) => {
                tracing::debug!(%error, "the server does not tell its release");
                None
            }
        };
        *known = Some((Instant::now(), release));
        Ok(release)
    }

    /// Puts the subject, `Argo CD`, in front of a message of `fault` or `reply`.
    pub fn name_subject(&self, error: Error) -> Error {
        let mut error = self.hidden_error(error);
        let base_url = &self.instance.base_url;
        // The address matters only if something else than Argo CD may have answered.
        let elsewhere = error.kind.is_on_the_way() || error.hint.is_some();
        let default_hint = match error.kind {
            Kind::Timeout => GIVEN_UP.into(),
            Kind::Unreachable if self.instance.proxied => fault::PROXY_DOWN.into(),
            Kind::Unavailable | Kind::Unreachable => {
                let doubt = self.instance.doubt.as_deref().unwrap_or("ARGOCD_BASE_URL right");
                let is_tls = base_url.starts_with("https:") && fault::broke_off(&error.message);
                let scheme = if is_tls { " (https: an Argo CD with --insecure speaks http)" } else { "" };
                format!("Is {doubt}{scheme}, and is Argo CD up and reachable from this machine?")
            }
            _ => String::new(),
        };
        error.message = match error.kind {
            Kind::Arguments | Kind::Configuration | Kind::Policy | Kind::SignIn | Kind::Cancelled | Kind::Internal => {
                return error;
            }
            Kind::TooLarge if !error.message.starts_with("answered") => return error,
            Kind::TooLarge => format!("Argo CD {}", error.message),
            _ if elsewhere => format!("Argo CD at {base_url} {}", error.message),
            _ => format!("Argo CD {}", error.message),
        };
        if !default_hint.is_empty() {
            error.hint.get_or_insert(default_hint);
        }
        error
    }
}
