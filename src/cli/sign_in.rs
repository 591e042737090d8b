//! The commands `login`, `logout` and `whoami`.

use std::{io::Write, sync::Arc};

use super::print;
use crate::{
    argocd::{
        Session, User,
        claims::{Claims, coarse},
    },
    caller::Caller,
    config::Environment,
    credentials,
    error::{Error, Kind},
    server::App,
    view::text::shown,
};

/// Signs a person in, and keeps the sign-in for the servers that they start.
pub(super) async fn login(environment: &Environment) -> Result<(), Error> {
    let (base_url, sso) = credentials::sso(environment)?;
    let tell = |address: &str| {
        // The person must read this, whatever the log filter is.
        let _ = writeln!(std::io::stderr(), "Sign in to {base_url} here, within five minutes:\n{address}");
    };
    let (user, kept) = tokio::select! {
        done = sso.sign_in(tell) => done?,
        _ = tokio::signal::ctrl_c() => return Err(Error::new(Kind::Cancelled, "interrupted")),
    };
    let user = user.map(|user| format!(" as {}", shown(&user.name))).unwrap_or_default();
    print(&format!("signed in to {base_url}{user}; kept in {}\n", kept.display()))
}

/// Forgets the sign-in of a person.
pub(super) async fn logout(environment: &Environment) -> Result<(), Error> {
    let (base_url, sso) = credentials::sso(environment)?;
    print(&match sso.sign_out().await? {
        true => format!("signed out of {base_url}; a server that runs keeps its token until that expires\n"),
        false => format!("nobody was signed in to {base_url}\n"),
    })
}

/// Prints whose the credential is, as Argo CD says.
pub(super) async fn whoami(app: &App, instance: Option<&str>) -> Result<(), Error> {
    // The instance is no argument of a tool here: it stands on the command line.
    let named = |error: Error| match error.message.strip_prefix("argocdBaseUrl: ") {
        Some(rest) => Error { message: format!("INSTANCE: {rest}"), ..error },
        None => error,
    };
    let instance = app.credentials.resolve(instance, &Caller::process("command line")).map_err(named)?;
    let session = Session::new(Arc::clone(&instance), app.patience, false);
    let origin = instance.origin();
    let Some(User { name, groups }) = User::of(&session).await? else {
        let message = format!("Argo CD at {} does not accept the token in {origin}", instance.base_url);
        let Some(source) = &instance.token else { return Err(Error::new(Kind::Unauthorized, message)) };
        let way_out = source.way_out(&source.token().await?);
        return Err(Error::new(Kind::Unauthorized, message).hint(way_out));
    };
    let mut text = format!("{} at {}\n", shown(&name), instance.base_url);
    if !groups.is_empty() {
        text += &format!("groups {}\n", shown(&groups.join(", ")));
    }
    if let Some(source) = &instance.token
        && let Some(claims) = Claims::of(&source.token().await?)
    {
        let until = match claims.seconds_left() {
            None => "never expires".to_owned(),
            Some(left) => format!("expires in {}", coarse(left)),
        };
        let (renews, soon) = match source.renews() {
            true => (", renewed by itself where it can be", None),
            false => ("", claims.ends_soon().then(|| source.renewal())),
        };
        text += &format!("{} ({origin}), {until}{renews}\n", shown(&claims.kind()));
        text += &soon.map(|soon| format!("{soon}\n")).unwrap_or_default();
    }
    print(&text)
}
