//! The one error of the program: what went wrong, and what the person reading it can do.

use std::fmt;

/// What kind of thing went wrong. It decides the exit code, the `outcome` of metrics and audit lines, and which
/// explanation is added to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The caller's arguments.
    Arguments,
    /// Settings of this server.
    Configuration,
    /// This server's own policy, such as read-only.
    Policy,
    /// 401: the credential.
    Unauthorized,
    /// Nobody is signed in yet; a person has to.
    SignIn,
    /// 403: Argo CD's RBAC, a sync window, or an application that is not visible.
    Forbidden,
    /// 404.
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
    /// The deadline of the call.
    Timeout,
    /// A 3xx: followed never.
    Redirect,
    /// An answer that is not what Argo CD answers: HTML, cut short, not JSON.
    Protocol,
    /// The caller cancelled.
    Cancelled,
    /// A mistake in this program.
    Internal,
}

impl Kind {
    /// One word for metrics and audit lines.
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

    /// Whether something on the way to Argo CD, or in its place, may be to blame: every other call would end the same way.
    pub fn is_on_the_way(self) -> bool {
        matches!(
            self,
            Self::Busy | Self::Unavailable | Self::Unreachable | Self::Timeout | Self::Redirect | Self::Protocol
        )
    }
}

/// How the message of [`Error::sign_in`] begins; the address ends it.
const SIGN_IN: &str = "Sign in here, then ask again: ";

/// An error written for the person who must act.
#[derive(Debug)]
pub struct Error {
    /// What kind of thing went wrong.
    pub kind: Kind,
    /// One sentence without a full stop, naming the thing and its value.
    pub message: String,
    /// The way out, if there is one to name.
    pub hint: Option<String>,
    /// What a library said, for the log.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error without a hint.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, source: None }
    }

    /// What a person is asked to do who has not signed in yet.
    pub fn sign_in(address: &str) -> Self {
        Self::new(Kind::SignIn, format!("{SIGN_IN}{address}"))
    }

    /// The address of [`Error::sign_in`].
    pub fn address(&self) -> Option<&str> {
        self.message.strip_prefix(SIGN_IN).filter(|_| self.kind == Kind::SignIn)
    }

    /// Adds the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same where nothing better is known.
    #[must_use]
    pub fn hint_if_none(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// Keeps what a library said.
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
