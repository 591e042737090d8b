//! The error type of the program: what went wrong, and what the person who reads it can do.

use std::fmt;

/// What kind of thing went wrong. It decides the exit code, the `outcome` of metrics and audit lines, and which
/// explanation is added to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The arguments of a call are wrong.
    Arguments,
    /// Settings of this server are wrong or missing.
    Configuration,
    /// The policy of this server, such as read-only, refuses.
    Policy,
    /// 401: the credential is not accepted.
    Unauthorized,
    /// A person has to sign in.
    SignIn,
    /// 403: Argo CD's RBAC, a sync window, or an application that is not visible.
    Forbidden,
    /// 404: there is no such thing.
    NotFound,
    /// 400, 409 and 500 with a reason: Argo CD read the request and refused it.
    Refused,
    /// An answer larger than a cap, here or in Argo CD.
    TooLarge,
    /// 429 for another reason than size: too many calls. Or another write to the same application that still runs here.
    Busy,
    /// No connection: nothing was sent.
    Unreachable,
    /// 502, 503, 504, or a connection that ended without an answer.
    Unavailable,
    /// The deadline of the call has passed.
    Timeout,
    /// A 3xx, which is never followed.
    Redirect,
    /// An answer that is not what Argo CD answers: HTML, cut short, not JSON.
    Protocol,
    /// The caller cancelled.
    Cancelled,
    /// This program has a mistake, or the system does not give it what it needs.
    Internal,
}

impl Kind {
    /// The word for metrics and audit lines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Arguments => "arguments",
            Self::Configuration => "configuration",
            Self::Policy => "policy",
            Self::Unauthorized => "unauthorized",
            Self::SignIn => "sign_in",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Refused => "refused",
            Self::TooLarge => "too_large",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Redirect => "redirect",
            Self::Protocol => "protocol",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }

    /// Whether something on the way to Argo CD, or in its place, may be the reason, so that every other request would
    /// fail the same way.
    pub fn is_on_the_way(self) -> bool {
        matches!(
            self,
            Self::Busy | Self::Unavailable | Self::Unreachable | Self::Timeout | Self::Redirect | Self::Protocol
        )
    }
}

/// The begin of the message of [`Error::sign_in`]; the address follows.
const SIGN_IN: &str = "Sign in here, then ask again: ";

/// An error, written for the person who has to act.
#[derive(Debug)]
pub struct Error {
    /// What kind of thing went wrong.
    pub kind: Kind,
    /// One sentence without a full stop that names the thing and its value.
    pub message: String,
    /// What to do, if there is something to do.
    pub hint: Option<String>,
    /// The error of a library, for the log.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error without a hint.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, source: None }
    }

    /// Asks a person to sign in at an address.
    pub fn sign_in(address: &str) -> Self {
        Self::new(Kind::SignIn, format!("{SIGN_IN}{address}"))
    }

    /// The address of [`Error::sign_in`].
    pub fn address(&self) -> Option<&str> {
        self.message.strip_prefix(SIGN_IN).filter(|_| self.kind == Kind::SignIn)
    }

    /// Sets what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Sets what to do, unless that is set already.
    #[must_use]
    pub fn hint_if_none(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// Keeps the error of a library.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n{hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}
