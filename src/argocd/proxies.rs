//! The proxy variables of the environment. A mistake in one is an error: calls would go around the proxy otherwise.

use std::env;

use hyper_util::client::proxy::matcher::Matcher;

use crate::error::{Error, Kind};

/// Whether a proxy is used for a base URL. The caller has asked [`excludes_all`] before.
///
/// # Errors
/// [`Kind::Configuration`]: the variable is no address of a proxy. Its value may hold a password and is not quoted.
pub(super) fn has_proxy(base_url: &str) -> Result<bool, Error> {
    let Ok(url) = base_url.parse::<http::Uri>() else { return Ok(false) };
    let no = set("NO_PROXY").unwrap_or_default();
    if Matcher::builder().all("http://proxy.invalid").no(no).build().intercept(&url).is_none() {
        return Ok(false);
    }
    // In CGI a header of a request sets HTTP_PROXY.
    let http = if env::var_os("REQUEST_METHOD").is_some() { "ALL_PROXY" } else { "HTTP_PROXY" };
    let own = if base_url.starts_with("https:") { "HTTPS_PROXY" } else { http };
    let set = [own, "ALL_PROXY"].into_iter().find_map(|name| Some((name, set(name)?)));
    let found = Matcher::from_env().intercept(&url).is_some();
    match set {
        Some((name, _)) if !found => {
            let message = format!("{name}: it is no proxy that can be used");
            Err(Error::new(Kind::Configuration, message).hint(
                "Write http://proxy.example.com:3128, or socks5://…; to use none, unset it or exclude the host in NO_PROXY.",
            ))
        }
        _ => Ok(found),
    }
}

/// Whether `NO_PROXY` has `*`, so that no proxy is used. The HTTP client applies `*` to names alone, not to addresses.
pub(super) fn excludes_all() -> bool {
    set("NO_PROXY").is_some_and(|hosts| hosts.split(',').any(|host| host.trim() == "*"))
}

/// The value of a variable in capitals, else in small letters, as the HTTP client reads it.
fn set(name: &str) -> Option<String> {
    let value = env::var(name).or_else(|_| env::var(name.to_lowercase())).ok()?;
    Some(value.trim().to_owned()).filter(|value| !value.is_empty())
}
