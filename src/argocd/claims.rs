//! Reads what a token says about itself (RFC 7519 §4.1), for messages alone: nothing is verified.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{Timestamp, Unit};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// A token that expires within so many seconds is reported.
const SOON: i64 = 86_400;
/// A token that does not live long is reported if it expires within so many seconds.
const SHORT: i64 = 3 * 3600;

/// The claims of a JWT that messages are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Whose token it is: `agent:apiKey`, `admin:login`, `proj:team:role`, or an identity of a provider.
    pub subject: String,
    /// The issuer of the token: `argocd`, or the URL of a provider.
    pub issuer: String,
    /// When the token was issued, if it tells.
    pub issued: Option<Timestamp>,
    /// When the token expires, if ever.
    pub expires: Option<Timestamp>,
}

impl Claims {
    /// Reads the claims of a token; `None` if it is not a JWT.
    pub fn of(token: &SecretString) -> Option<Self> {
        let mut parts = token.expose_secret().split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()?;
        let text = |key: &str| claims.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |value: &Value| value.as_i64().or_else(|| value.as_f64().map(|float| float as i64));
        let time = |key: &str| claims.get(key).and_then(number).and_then(|time| Timestamp::from_second(time).ok());
        let (issued, expires) = (time("iat"), time("exp"));
        claims.is_object().then(|| Self { subject: text("sub"), issuer: text("iss"), issued, expires })
    }

    /// Whom Argo CD's policies know the token as: `agent`, `proj:team:role`. `None` for a sign-in through a provider,
    /// whose groups count.
    pub fn policy_subject(&self) -> Option<&str> {
        let account = [":apiKey", ":login"].into_iter().find_map(|kind| self.subject.strip_suffix(kind));
        let subject = account.unwrap_or(&self.subject);
        (self.issuer == "argocd" && !subject.is_empty()).then_some(subject)
    }

    /// Kind and subject of the token, to begin a sentence with: `The API key of account agent`.
    pub fn kind(&self) -> String {
        let subject = self.subject.as_str();
        match (subject.strip_suffix(":apiKey"), subject.strip_suffix(":login"), subject.strip_prefix("proj:")) {
            (Some(account), _, _) => format!("The API key of account {account}"),
            (_, Some(account), _) => format!("The login session of {account}"),
            (_, _, Some(role)) => format!("The token of project role {role}"),
            _ if self.issuer == "argocd" && !subject.is_empty() => format!("The token of {subject}"),
            _ if self.issuer.is_empty() => "The token".to_owned(),
            _ => format!("The sign-in through {}", self.issuer),
        }
    }

    /// How long ago the token expired: `3h`. `None` while it is valid.
    pub fn expired_for(&self) -> Option<String> {
        self.seconds_left().filter(|left| *left <= 0).map(coarse)
    }

    /// Seconds for which the token lives, if it tells when it was issued and when it expires.
    pub fn life(&self) -> Option<i64> {
        Some(self.expires?.duration_since(self.issued?).as_secs())
    }

    /// Whether the token expires within a day. A token that lives no longer than that is reported only when most of its
    /// life is over.
    pub fn ends_soon(&self) -> bool {
        let soon = self.life().map_or(SOON, |life| (life / 4).clamp(SHORT, SOON));
        self.seconds_left().is_some_and(|left| left < soon)
    }

    /// Seconds until the token expires: negative if it has expired, `None` if it never does.
    pub fn seconds_left(&self) -> Option<i64> {
        Some(self.expires?.duration_since(Timestamp::now()).as_secs())
    }
}

/// What is missing from a copy of a JWT, or too much in it; `None` if that is not certain.
pub fn damage(token: &SecretString) -> Option<String> {
    let mut parts = token.expose_secret().split('.').map(|part| part.trim_end_matches('='));
    let (header, signature) = (parts.next()?, parts.nth(1)?);
    let header = URL_SAFE_NO_PAD.decode(header).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    let header = header.and_then(|header| Some(header.get("alg")?.as_str()?.to_owned()));
    let Some(algorithm) = header else { return Some("its beginning is not that of a token".into()) };
    // RFC 7518 §3. With other algorithms the length of a signature depends on the key.
    let length = match algorithm.as_str() {
        "HS256" => 43,
        "HS384" => 64,
        "HS512" | "ES256" => 86,
        "ES384" => 128,
        _ => return None,
    };
    let found = signature.len();
    (found != length).then(|| format!("its last part has {found} characters, and {algorithm} makes {length}"))
}

/// The project and the name of the role whose tokens have a subject, `proj:team:deployer`.
pub fn role_of(subject: &str) -> Option<(&str, &str)> {
    subject.strip_prefix("proj:")?.split_once(':')
}

/// A duration in one unit: `45s`, `12min`, `3h`, `20d`.
pub fn coarse(seconds: i64) -> String {
    match seconds.abs() {
        s @ 0..120 => format!("{s}s"),
        s @ 120..7200 => format!("{}min", s / 60),
        s @ 7200..172_800 => format!("{}h", s / 3600),
        s => format!("{}d", s / 86_400),
    }
}

/// Reads a time of an answer: RFC 3339, or seconds since 1970.
pub fn time_of(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.parse().ok().or_else(|| Timestamp::from_second(text.parse().ok()?).ok()),
        other => Timestamp::from_second(other.as_i64()?).ok(),
    }
    .and_then(|time: Timestamp| time.round(Unit::Second).ok())
}
