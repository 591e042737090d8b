//! The default instance: a base URL and its one credential, from flags and environment.

use std::sync::Arc;

use super::{ArgocdConfig, Password, Sso, TokenFile, tls};
use crate::{
    argocd::{Instance, Profile, TokenSource, instance::normalise, token::Fixed},
    config::Environment,
    error::{Error, Kind},
};

/// The default instance, as far as it is set.
#[derive(Clone, Debug, Default)]
pub(super) struct Default {
    /// The instance without a credential.
    pub(super) profile: Option<Arc<Instance>>,
    /// The instance with its credential.
    pub(super) instance: Option<Arc<Instance>>,
    /// The login of the argocd command line, from which the instance is made anew when its file changes.
    config: Option<Arc<ArgocdConfig>>,
}

impl Default {
    /// The default instance as its files are now.
    pub(super) fn now(&self) -> Self {
        match &self.config {
            None => self.clone(),
            Some(config) => {
                let instance = config.instance();
                let profile = Some(Arc::new(instance.with_token(None)));
                Self { profile, instance: Some(instance), config: None }
            }
        }
    }

    /// The base URL, if one is set.
    pub(super) fn base_url(&self) -> Option<&String> {
        self.profile.as_ref().map(|profile| &profile.base_url)
    }
}

/// One of the credentials that can be set for the default instance.
#[derive(Debug)]
pub enum Candidate<'a> {
    /// `ARGOCD_API_TOKEN`
    Token(&'a secrecy::SecretString),
    /// `ARGOCD_API_TOKEN_FILE`
    File(&'a std::path::Path),
    /// `ARGOCD_USERNAME` and `ARGOCD_PASSWORD`
    Password(&'a str, &'a secrecy::SecretString),
    /// `ARGOCD_AUTH_TOKEN`, which belongs to `ARGOCD_SERVER`.
    AuthToken(&'a secrecy::SecretString),
    /// The sign-in of a person, `--sso`.
    Sso,
    /// The argocd command line's login.
    ArgocdConfig,
}

impl Candidate<'_> {
    fn names(&self) -> &'static str {
        match self {
            Self::Token(_) => "ARGOCD_API_TOKEN",
            Self::File(_) => "ARGOCD_API_TOKEN_FILE",
            Self::Password(..) => "ARGOCD_USERNAME with ARGOCD_PASSWORD",
            Self::AuthToken(_) => "ARGOCD_SERVER with ARGOCD_AUTH_TOKEN",
            Self::Sso => "--sso (ARGOCD_AUTH_METHOD=sso)",
            Self::ArgocdConfig => "--use-argocd-config",
        }
    }
}

/// Normalises a base URL of the environment. One without a scheme is host and port, as the argocd command line has it.
fn url(text: Option<&String>, name: &str, scheme: &str) -> Result<Option<String>, Error> {
    let text = text.map(|text| if text.contains("://") { text.clone() } else { format!("{scheme}{text}") });
    let named = |error: Error| Error { message: format!("{name}: {}", error.message), ..error };
    text.map(|text| normalise(&text).map_err(named)).transpose()
}

/// The base URL of the default instance, and the one credential that is set for it.
pub(super) type Choice<'a> = (Option<String>, Option<Candidate<'a>>);

/// Chooses the base URL and the credential. Reads no file.
///
/// # Errors
/// [`Kind::Configuration`]: a setting cannot be used, or two credentials are set; the message names both.
pub(super) fn choose(environment: &Environment) -> Result<Choice<'_>, Error> {
    let base_url = url(environment.base_url.as_ref(), &environment.named("base-url", "ARGOCD_BASE_URL"), "")?;
    let server = url(environment.server.as_ref(), "ARGOCD_SERVER", "https://")?;
    let of_base = base_url.is_some();
    let mut candidates = vec![];
    candidates.extend(environment.token.as_ref().filter(|_| of_base).map(Candidate::Token));
    candidates.extend(environment.token_file.as_deref().filter(|_| of_base).map(Candidate::File));
    match (&environment.username, &environment.password) {
        (Some(username), Some(password)) if of_base => candidates.push(Candidate::Password(username, password)),
        (Some(_), None) => return Err(half("ARGOCD_USERNAME", "ARGOCD_PASSWORD")),
        (None, Some(_)) => return Err(half("ARGOCD_PASSWORD", "ARGOCD_USERNAME")),
        _ => {}
    }
    candidates.extend(environment.auth_token.as_ref().filter(|_| server.is_some()).map(Candidate::AuthToken));
    candidates.extend(environment.sign_in.sso.then_some(Candidate::Sso));
    candidates.extend(environment.sign_in.argocd_config.then_some(Candidate::ArgocdConfig));
    if let [first, second, ..] = candidates.as_slice() {
        let message = format!("two credentials for the default instance: {} and {}", first.names(), second.names());
        return Err(Error::new(Kind::Configuration, message).hint("Set one of them."));
    }
    let candidate = candidates.pop();
    if let Some(Candidate::ArgocdConfig) = candidate {
        return Ok((base_url, candidate));
    }
    let with_server = matches!(candidate, Some(Candidate::AuthToken(_)));
    if let (true, Some(base_url), Some(server)) = (with_server, &base_url, &server)
        && base_url != server
    {
        let message = format!("ARGOCD_BASE_URL ({base_url}) and ARGOCD_SERVER ({server}) name two instances");
        return Err(Error::new(Kind::Configuration, message)
            .hint("ARGOCD_AUTH_TOKEN belongs to ARGOCD_SERVER: leave ARGOCD_BASE_URL out, or set ARGOCD_API_TOKEN."));
    }
    let base_url = base_url.or(server.filter(|_| with_server));
    if base_url.is_none() && environment.sign_in.sso {
        return Err(no_base_url());
    }
    Ok((base_url, candidate))
}

fn half(set: &str, missing: &str) -> Error {
    Error::new(Kind::Configuration, format!("ARGOCD_USERNAME and ARGOCD_PASSWORD go together, but only {set} is set"))
        .hint(format!("Set {missing}, too, or unset {set}."))
}

/// Reads the default instance.
///
/// # Errors
/// [`Kind::Configuration`]: a setting or a file cannot be used, or two credentials are set.
pub(super) fn read(environment: &Environment) -> Result<Default, Error> {
    let (base_url, candidate) = choose(environment)?;
    warn_of_unused(environment);
    if let Some(Candidate::ArgocdConfig) = candidate {
        let config = ArgocdConfig::read(environment, base_url.as_deref())?;
        return Ok(Default { config: Some(Arc::new(config)), ..Default::default() });
    }
    let Some(base_url) = base_url else { return Ok(Default::default()) };
    let profile = profile(environment, base_url)?;
    let bare = Instance::new(&profile, None)?;
    let token: Option<Arc<dyn TokenSource>> = match candidate {
        None | Some(Candidate::ArgocdConfig) => None,
        Some(Candidate::Token(token)) => Some(Arc::new(Fixed::configured(token, "ARGOCD_API_TOKEN")?)),
        Some(Candidate::AuthToken(token)) => Some(Arc::new(Fixed::configured(token, "ARGOCD_AUTH_TOKEN")?)),
        Some(Candidate::File(path)) => {
            let setting = environment.named("token-file", "ARGOCD_API_TOKEN_FILE");
            Some(Arc::new(TokenFile::new(path, setting)?))
        }
        Some(Candidate::Password(username, password)) => {
            Some(Arc::new(Password::new(&bare, username.to_owned(), password.clone())))
        }
        Some(Candidate::Sso) => Some(Arc::new(Sso::new(&bare, profile.ca.clone(), &environment.sign_in)?)),
    };
    if token.is_some() {
        tls::warn(&profile);
    }
    let instance = token.map(|token| Arc::new(bare.with_token(Some(token))));
    Ok(Default { profile: Some(Arc::new(bare)), instance, config: None })
}

/// Logs which credentials are not used because the URL they belong to is not set.
fn warn_of_unused(environment: &Environment) {
    let (of_base, of_server) = (environment.base_url.is_some(), environment.server.is_some());
    let credentials = [
        ("ARGOCD_API_TOKEN", environment.token.is_some() && !of_base, "ARGOCD_BASE_URL"),
        ("ARGOCD_API_TOKEN_FILE", environment.token_file.is_some() && !of_base, "ARGOCD_BASE_URL"),
        ("ARGOCD_PASSWORD", environment.password.is_some() && !of_base, "ARGOCD_BASE_URL"),
        ("ARGOCD_AUTH_TOKEN", environment.auth_token.is_some() && !of_server, "ARGOCD_SERVER"),
    ];
    if of_server && !of_base && environment.auth_token.is_none() {
        tracing::warn!(
            "ARGOCD_SERVER is not used: it belongs to ARGOCD_AUTH_TOKEN, which is not set; ARGOCD_BASE_URL is for the others"
        );
    }
    for (name, _, url) in credentials.into_iter().filter(|(_, unused, _)| *unused) {
        tracing::warn!("{name} is not used: it belongs to {url}, which is not set");
    }
}

/// The settings that belong to a base URL of the environment.
fn profile(environment: &Environment, base_url: String) -> Result<Profile, Error> {
    let doubt = match &environment.server {
        _ if environment.base_url.is_some() => environment.named("base-url", "ARGOCD_BASE_URL") + " right",
        Some(server) if !server.contains("://") => {
            "ARGOCD_SERVER right (https, as it has no http:// in front)".to_owned()
        }
        _ => "ARGOCD_SERVER right".to_owned(),
    };
    let mut profile = Profile {
        base_url,
        doubt: Some(doubt),
        headers: environment.headers.clone(),
        skip_verify: environment.skip_verify,
        in_process: environment.in_process,
        ..Profile::default()
    };
    tls::Files::of(environment).read_into(&mut profile)?;
    Ok(profile)
}

/// The sign-in of a person at the default base URL, or at the server of the argocd command line's context. Other
/// credentials may be set beside it.
///
/// # Errors
/// [`Kind::Configuration`]: no base URL is set, or a setting cannot be used.
pub(super) fn sso(environment: &Environment) -> Result<(String, Sso), Error> {
    if environment.in_process {
        return Err(Error::new(Kind::Configuration, "the demo has no sign-in").hint("Leave --demo out."));
    }
    let base_url = url(environment.base_url.as_ref(), &environment.named("base-url", "ARGOCD_BASE_URL"), "")?;
    let profile = match base_url {
        _ if environment.sign_in.argocd_config => ArgocdConfig::read(environment, base_url.as_deref())?.profile()?,
        Some(base_url) => profile(environment, base_url)?,
        None => return Err(no_base_url()),
    };
    let sso = Sso::new(&Instance::new(&profile, None)?, profile.ca.clone(), &environment.sign_in)?;
    Ok((profile.base_url, sso))
}

fn no_base_url() -> Error {
    Error::new(Kind::Configuration, "SSO login requires a base URL")
        .hint("Set ARGOCD_BASE_URL (--base-url) to the address of Argo CD.")
}
