//! The login of the argocd command line: server, TLS options and token of one context in its file. The refresh token in
//! that file is never used: a provider that rotates refresh tokens would sign the person out of the command line.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use super::tls;
use crate::{
    argocd::{Instance, Profile, TokenSource, claims::Claims, instance::normalise, token::usable},
    config::Environment,
    error::{Error, Kind},
    files::{self, followed::Followed},
};

/// The parts of the file that are used here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Config {
    #[serde(default, deserialize_with = "null_is_empty")]
    current_context: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    contexts: Vec<Context>,
    #[serde(default, deserialize_with = "null_is_empty")]
    servers: Vec<Server>,
    #[serde(default, deserialize_with = "null_is_empty")]
    users: Vec<User>,
}

/// `users:` without any is null in YAML.
fn null_is_empty<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(reader: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(reader)?.unwrap_or_default())
}

#[derive(Debug, Deserialize)]
struct Context {
    name: String,
    server: String,
    user: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Server {
    server: String,
    insecure: bool,
    plain_text: bool,
    core: bool,
    grpc_web_root_path: String,
    certificate_authority_data: String,
    client_certificate_data: String,
    client_certificate_key_data: Option<SecretString>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct User {
    name: String,
    auth_token: Option<SecretString>,
}

/// One context of the file, read again when the file changes.
#[derive(Debug)]
pub struct ArgocdConfig {
    source: Source,
    /// Settings that belong to `ARGOCD_BASE_URL`, if that is set; it then has to be the context's server.
    own: Profile,
    base_url: Option<String>,
    instance: Followed<Arc<Instance>>,
}

impl ArgocdConfig {
    /// Reads the file. The context is chosen now: a later `argocd context` does not move a running server.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: the file or the context cannot be used. No token is quoted.
    pub fn read(environment: &Environment, base_url: Option<&str>) -> Result<Self, Error> {
        let folder = environment.sign_in.argocd_folder.as_ref();
        let path = folder.map(|folder| folder.join("config")).ok_or_else(|| {
            Error::new(Kind::Configuration, "--use-argocd-config: there is no home directory")
                .hint("Set ARGOCD_CONFIG_DIR.")
        })?;
        let config = Followed::new("--use-argocd-config", [path.clone()], || parse(&path))?;
        let current = config.current(|| parse(&path))?.current_context.clone();
        let context = environment.sign_in.argocd_context.clone().unwrap_or(current);
        if context.is_empty() {
            let message = format!("--use-argocd-config: {} has no current context", path.display());
            return Err(Error::new(Kind::Configuration, message)
                .hint("Choose one with --argocd-context, or sign in with `argocd login SERVER`."));
        }
        let mut own = Profile::default();
        let mut files = tls::Files::of(environment);
        if base_url.is_some() {
            own.headers.clone_from(&environment.headers);
            own.skip_verify = environment.skip_verify;
        } else {
            if !environment.headers.is_empty() || files.certificate.is_some() {
                tracing::warn!(
                    "extra headers and client certificate are not used: they belong to ARGOCD_BASE_URL, which is not set"
                );
            }
            files = tls::Files { ca: files.ca, ..tls::Files::default() };
        }
        files.read_into(&mut own)?;
        let source = Source { path: path.clone(), config: Arc::new(config), context, server: String::new() };
        let base_url = base_url.map(str::to_owned);
        let instance = Followed::new("--use-argocd-config", [path], || {
            let (profile, instance) = build(&source, &own, base_url.as_deref())?;
            tls::warn(&profile);
            Ok(instance)
        })?;
        Ok(Self { source, own, base_url, instance })
    }

    /// The instance, made anew when the file has changed. While the file has a mistake, the mistake is logged and the
    /// old instance stays.
    pub fn instance(&self) -> Arc<Instance> {
        let build = || build(&self.source, &self.own, self.base_url.as_deref()).map(|(_, instance)| instance);
        self.instance.now(build, |error| tracing::error!(%error, "the old argocd configuration stays in force"))
    }

    /// The profile of the instance, for a sign-in of this program's own.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: the file or the context cannot be used.
    pub(super) fn profile(&self) -> Result<Profile, Error> {
        Ok(self.source.load(&self.own)?.0)
    }
}

fn build(source: &Source, own: &Profile, base_url: Option<&str>) -> Result<(Profile, Arc<Instance>), Error> {
    let (profile, _) = source.load(own)?;
    if let Some(base_url) = base_url.filter(|base_url| *base_url != profile.base_url) {
        let message = format!(
            "ARGOCD_BASE_URL ({base_url}) and the argocd context `{}` ({}) name two instances",
            source.context, profile.base_url
        );
        return Err(Error::new(Kind::Configuration, message)
            .hint("Leave ARGOCD_BASE_URL out, or choose another context with --argocd-context."));
    }
    let token = Source { server: profile.base_url.clone(), ..source.clone() };
    let instance = Arc::new(Instance::new(&profile, Some(Arc::new(token)))?);
    Ok((profile, instance))
}

fn parse(path: &Path) -> Result<Arc<Config>, Error> {
    let wrong = |problem: String| {
        Error::new(Kind::Configuration, format!("--use-argocd-config: {} {problem}", path.display()))
            .hint("Sign in with `argocd login SERVER`.")
    };
    let text = files::text(path).map(SecretString::from);
    let text = text.map_err(|error| wrong(format!("cannot be read: {error}")))?;
    // The parser's message may quote a token.
    serde_saphyr::from_str(text.expose_secret())
        .map(Arc::new)
        .map_err(|_| wrong("is not a configuration of the argocd command line".into()))
}

/// The token of one context, for one server.
#[derive(Clone, Debug)]
struct Source {
    path: PathBuf,
    config: Arc<Followed<Arc<Config>>>,
    context: String,
    /// The base URL that the token is for.
    server: String,
}

impl Source {
    /// The context's instance and its token.
    fn load(&self, own: &Profile) -> Result<(Profile, Option<SecretString>), Error> {
        let config = self.config.current(|| parse(&self.path))?;
        let wrong = |problem: String| {
            Error::new(Kind::Configuration, format!("the argocd context `{}` {problem}", self.context))
        };
        let Some(context) = config.contexts.iter().find(|context| context.name == self.context) else {
            let names: Vec<&str> = config.contexts.iter().map(|context| context.name.as_str()).collect();
            let hint = if names.is_empty() {
                "There is none: sign in with `argocd login SERVER`.".into()
            } else {
                format!("{} has {}: choose one with --argocd-context.", self.path.display(), names.join(", "))
            };
            return Err(wrong("does not exist".into()).hint(hint));
        };
        let server = config.servers.iter().find(|server| server.server == context.server);
        let server = server.ok_or_else(|| wrong(format!("has no server {}", context.server)))?;
        if server.core || server.server == "port-forward" {
            return Err(wrong("has no address: it is of `argocd login --core` or --port-forward".into())
                .hint("Sign in with `argocd login SERVER`, or set ARGOCD_BASE_URL and ARGOCD_API_TOKEN."));
        }
        let scheme = if server.plain_text { "http" } else { "https" };
        let root = server.grpc_web_root_path.trim_matches('/');
        let address = server.server.split_once("://").map_or(server.server.as_str(), |(_, address)| address);
        let base_url = normalise(&format!("{scheme}://{address}/{root}"))
            .map_err(|error| wrong(format!("cannot be used: {}", error.message)))?;
        let pem = |data: &str, what: &str| {
            STANDARD.decode(data.trim()).map_err(|_| wrong(format!("has a {what} that is not base64")))
        };
        let plain = if server.plain_text { "" } else { " (https; `argocd login --plaintext` makes it http)" };
        let doubt = Some(format!("the server of the argocd context `{}` right{plain}", self.context));
        let mut profile = Profile { base_url, doubt, ..own.clone() };
        profile.skip_verify |= server.insecure;
        if !server.certificate_authority_data.is_empty() {
            let mut ca = pem(&server.certificate_authority_data, "certificate-authority-data")?;
            ca.push(b'\n');
            ca.extend(own.ca.iter().flatten());
            profile.ca = Some(ca);
        }
        if let (false, Some(key)) = (server.client_certificate_data.is_empty(), &server.client_certificate_key_data) {
            let mut both = pem(key.expose_secret(), "client-certificate-key-data")?;
            both.push(b'\n');
            both.extend(pem(&server.client_certificate_data, "client-certificate-data")?);
            profile.identity = Some(SecretString::from(String::from_utf8_lossy(&both).into_owned()));
        }
        let user = config.users.iter().find(|user| user.name == context.user);
        Ok((profile, user.and_then(|user| user.auth_token.clone())))
    }

    /// The token in the file, if the context is still of this server and the token has not expired.
    fn current(&self) -> Result<SecretString, Error> {
        let (profile, token) = self.load(&Profile::default())?;
        if profile.base_url != self.server {
            let message = format!(
                "the argocd context `{}` is of {} now, no longer of {}",
                self.context, profile.base_url, self.server
            );
            return Err(Error::new(Kind::Configuration, message).hint("Ask again."));
        }
        let absent = || {
            let message = format!("the argocd command line is not signed in to {}", self.server);
            Error::new(Kind::SignIn, message).hint(self.way_out())
        };
        let token = token.filter(|token| !token.expose_secret().trim().is_empty()).ok_or_else(absent)?;
        let token = usable(token.expose_secret(), &self.origin())?;
        match Claims::of(&token).and_then(|claims| claims.expired_for()) {
            Some(ago) => {
                let message = format!("the argocd command line's login to {} expired {ago} ago", self.server);
                Err(Error::new(Kind::SignIn, message).hint(self.way_out()))
            }
            None => Ok(token),
        }
    }

    fn way_out(&self) -> String {
        let command =
            format!("`argocd relogin`, or `argocd login` where there is no session yet (context `{}`)", self.context);
        let token = self.load(&Profile::default()).ok().and_then(|(_, token)| token);
        // A local account cannot use single sign-on, and this Argo CD may have none.
        let is_local = token.and_then(|token| Claims::of(&token)).is_some_and(|claims| claims.issuer == "argocd");
        let own = if is_local {
            format!(
                "a session that renews itself: ARGOCD_BASE_URL={}, ARGOCD_USERNAME and ARGOCD_PASSWORD",
                self.server
            )
        } else {
            format!(
                "a sign-in of its own that renews itself: `argocd-mcp login --sso --base-url {}`, and --sso",
                self.server
            )
        };
        format!("Sign in again: {command}. Or keep {own} instead of --use-argocd-config.")
    }
}

impl TokenSource for Source {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, Error>> {
        Box::pin(async { self.current() })
    }

    /// Whether the person has signed in again meanwhile.
    fn refused<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, bool> {
        Box::pin(async {
            self.config.doubt();
            super::differs(self.current().ok().as_ref(), token)
        })
    }

    fn origin(&self) -> String {
        format!("the argocd context {}", self.context)
    }

    fn renewal(&self) -> String {
        self.way_out()
    }

    fn remedy(&self) -> Option<String> {
        Some(self.way_out())
    }
}
