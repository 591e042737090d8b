//! Chooses the instance and the credential for a call. A token is sent only to the base URL it belongs to.

mod allowed;
mod argocd_config;
mod command;
mod default;
mod file;
mod kept;
mod missing;
mod password;
mod registry;
mod sso;
pub mod tls;

use std::sync::Arc;

use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};

use allowed::Allowed;
pub use argocd_config::ArgocdConfig;
pub use command::TokenCommand;
pub use default::Candidate;
pub use file::TokenFile;
use missing::{Ways, with_names};
pub use password::Password;
pub use registry::{Known, Registry};
pub use sso::{SIGN_IN_TIME, Sso};

use crate::{
    argocd::{Instance, Profile, instance::normalise, token::Fixed},
    caller::{Caller, Reach},
    config::Environment,
    error::{Error, Kind},
};

/// How many instances that only callers name keep their connections.
const GUESTS: usize = 64;

/// Base URL of an instance that only a caller names, and whether [`crate::argocd::guard`] checks its addresses.
type Guest = (String, bool);

/// The instances that are configured, and the rules for others that callers name.
#[derive(Debug)]
pub struct Credentials {
    default: default::Default,
    registry: Option<Registry>,
    /// Base URLs that callers of a network listener may choose.
    allowed: Vec<Allowed>,
    guests: Mutex<Vec<(Guest, Arc<Instance>)>>,
    ways: Ways,
}

impl Credentials {
    /// Reads the default instance and the registry, as far as they are set. A server without either of them starts and
    /// lists its tools; a call then says what to set.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: a setting cannot be used, or one instance has two credentials.
    pub fn from_environment(environment: &Environment) -> Result<Self, Error> {
        let registry = environment.registry.as_ref().map(Registry::read).transpose()?;
        let known = registry.as_ref().map(Registry::known).unwrap_or_default();
        let name = environment.base_url.as_ref().filter(|name| known.iter().any(|it| it.name.as_ref() == Some(*name)));
        let default = default::read(environment).map_err(|error| match name {
            Some(name) => error.hint(format!("It is a name of the token registry: `call` takes it as argocdBaseUrl={name}, and `whoami {name}` asks there.")),
            None => error,
        })?;
        Ok(Self {
            default,
            registry,
            allowed: environment.allowed_base_urls.iter().map(|text| Allowed::read(text)).collect::<Result<_, _>>()?,
            guests: Mutex::default(),
            ways: Ways::of(environment),
        })
    }

    /// The instance for a call. There is none for a base URL without a token of its own.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: a setting is missing or cannot be used. [`Kind::Policy`]: callers may not choose this
    /// base URL.
    pub fn resolve(&self, argument: Option<&str>, caller: &Caller) -> Result<Arc<Instance>, Error> {
        let (known, default) = (self.known(), self.default.now());
        let read =
            |text: Option<&str>, name: &str| {
                let text = text.map(str::trim).filter(|text| !text.is_empty())?;
                Some(self.wanted(text, &known).map_err(|error| {
                    with_names(Error { message: format!("{name}: {}", error.message), ..error }, &known)
                }))
            };
        let own = read(caller.base_url.as_deref(), "x-argocd-base-url").transpose()?;
        let own = own.or_else(|| default.base_url().map(|base_url| Wanted { base_url: base_url.clone(), entry: None }));
        let Some(wanted) = read(argument, "argocdBaseUrl").transpose()?.or_else(|| own.clone()) else {
            return Err(with_names(missing::base_url(caller), &known));
        };
        let base_url = &wanted.base_url;
        // A name means its entry, whatever other entries have the same URL; of those with one URL the last entry
        // counts.
        let registered = wanted.entry.or_else(|| known.iter().rfind(|known| known.instance.base_url == *base_url));
        let is_named = wanted.entry.is_some();
        if let Some(token) = caller.token.as_ref().filter(|_| own.is_some_and(|own| own.base_url == *base_url)) {
            let profile = default.profile.as_ref().filter(|profile| !is_named && profile.base_url == *base_url);
            let bare = match (profile, registered) {
                (Some(profile), _) => Arc::clone(profile),
                (None, Some(known)) => Arc::clone(&known.instance),
                (None, None) => self.guest(base_url, caller.reach)?,
            };
            let token = Fixed::new(token, "x-argocd-api-token")?;
            return Ok(Arc::new(bare.with_token(Some(Arc::new(token)))));
        }
        let is_default = default.base_url().is_some_and(|default| default == base_url);
        if let Some(default) = default.instance.filter(|default| !is_named && default.base_url == *base_url) {
            return Ok(default);
        }
        match registered {
            Some(known) => Ok(Arc::clone(&known.instance)),
            None => Err(with_names(self.ways.token(base_url, is_default, caller), &known)),
        }
    }

    /// Whether any request of this caller could have a credential. A caller without one needs no session.
    pub fn can_supply(&self, caller: &Caller) -> bool {
        caller.token.is_some() || self.default.now().instance.is_some() || !self.known().is_empty()
    }

    /// Whether callers can choose an instance, or have to because there is no default one. Tools then say that they
    /// take `argocdBaseUrl`.
    pub fn is_choice(&self) -> bool {
        let Some(default) = self.default.now().instance else { return true };
        self.known().iter().any(|known| known.name.is_some() || known.instance.base_url != default.base_url)
    }

    /// The base URL of the default instance, with or without a credential for it.
    pub fn default_base_url(&self) -> Option<String> {
        self.default.now().base_url().cloned()
    }

    /// Every configured instance with the name it goes by; the default instance is the first.
    pub fn all(&self) -> Vec<(String, Arc<Instance>)> {
        let default = self.default.now().instance.into_iter().map(|instance| ("default".to_owned(), instance));
        let known = self.known();
        let registered = known.iter().map(|known| {
            (known.name.clone().unwrap_or_else(|| known.instance.base_url.clone()), Arc::clone(&known.instance))
        });
        default.chain(registered).collect()
    }

    /// Reads a text as the name of an entry of the registry, or else as a URL.
    fn wanted<'k>(&self, text: &str, known: &'k [Known]) -> Result<Wanted<'k>, Error> {
        let entry = known.iter().find(|known| known.name.as_deref() == Some(text));
        let base_url = match entry {
            Some(known) => known.instance.base_url.clone(),
            None if is_name(text) => return Err(self.ways.unknown(text)),
            None => normalise(text)?,
        };
        Ok(Wanted { base_url, entry })
    }

    fn known(&self) -> Arc<Vec<Known>> {
        self.registry.as_ref().map(Registry::known).unwrap_or_default()
    }

    /// The instance at a URL that no setting names, only a caller.
    fn guest(&self, base_url: &str, reach: Reach) -> Result<Arc<Instance>, Error> {
        let guarded = match reach {
            Reach::Process | Reach::Loopback => false,
            Reach::Network => {
                let allowed = self.allowed.iter().filter(|allowed| allowed.fits(base_url));
                let wildcards: Vec<bool> = allowed.map(|allowed| allowed.has_wildcard).collect();
                if wildcards.is_empty() {
                    let message = format!("x-argocd-base-url: {base_url} is not a base URL that this server allows");
                    return Err(Error::new(Kind::Policy, message).hint(
                        "Whoever runs it allows more with --allowed-base-url (ARGOCD_MCP_ALLOWED_BASE_URLS) or the token registry.",
                    ));
                }
                // A host that only a wildcard allows may lead anywhere; a host that is written out was meant.
                wildcards.iter().all(|wildcard| *wildcard)
            }
        };
        let key = (base_url.to_owned(), guarded);
        let mut guests = self.guests.lock();
        if let Some((_, instance)) = guests.iter().find(|(known, _)| *known == key) {
            return Ok(Arc::clone(instance));
        }
        let doubt = Some("the base URL of argocdBaseUrl or x-argocd-base-url right".to_owned());
        let profile = Profile { base_url: base_url.to_owned(), guarded, doubt, ..Profile::default() };
        let instance = Arc::new(Instance::new(&profile, None)?);
        if guests.len() >= GUESTS {
            guests.remove(0);
        }
        guests.push((key, Arc::clone(&instance)));
        Ok(instance)
    }
}

/// The credential that is set for the default instance, if there is one. Reads no file.
///
/// # Errors
/// [`Kind::Configuration`]: two credentials are set, or a setting cannot be used.
pub fn chosen(environment: &Environment) -> Result<Option<Candidate<'_>>, Error> {
    default::choose(environment).map(|(_, candidate)| candidate)
}

/// The sign-in of a person at the default base URL, for the commands `login` and `logout`.
///
/// # Errors
/// [`Kind::Configuration`]: no base URL is set, or a setting cannot be used.
pub fn sso(environment: &Environment) -> Result<(String, Sso), Error> {
    default::sso(environment)
}

/// The instance that a call asks for.
#[derive(Clone)]
struct Wanted<'k> {
    base_url: String,
    /// The entry of the registry, if the call names one.
    entry: Option<&'k Known>,
}

/// Whether a text can be the name of an instance, and no address. A token that somebody pasted is longer.
fn is_name(text: &str) -> bool {
    text.len() < 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Whether there is a token now, and another one than the refused one.
fn differs(now: Option<&SecretString>, refused: &SecretString) -> bool {
    now.is_some_and(|now| now.expose_secret() != refused.expose_secret())
}
