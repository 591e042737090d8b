//! The address that clients use, where an ingress is in front of the server.

use url::Url;

use crate::error::{Error, Kind};

/// The paths of the endpoints below that address. An address that ends in one of them means the same as without it.
const ENDPOINTS: [&str; 2] = ["/mcp", "/sse"];

/// Reads `--public-url`.
///
/// # Errors
/// [`Kind::Configuration`] for anything but a plain http or https URL.
pub fn parse(text: &str) -> Result<Url, Error> {
    let text = text.trim();
    let wrong = |what: &str| {
        Error::new(Kind::Configuration, format!("--public-url: `{text}` {what}"))
            .hint("Write https://mcp.example.com, with a path if clients use one.")
    };
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.ok_or_else(|| wrong("is not an http or https URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        let message = "--public-url has a user name or a password, which is not the address of a server";
        return Err(Error::new(Kind::Configuration, message).hint("Write https://mcp.example.com."));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has a query or a fragment, which addresses of MCP servers have not"));
    }
    if url.path().split('/').any(|part| part.starts_with([':', '*'])) {
        return Err(wrong("has a part of its path that begins with `:` or `*`, which is not served"));
    }
    Ok(url)
}

/// The path of the address without the endpoint: `/argocd` for both `https://mcp.example.com/argocd/` and
/// `https://mcp.example.com/argocd/mcp`.
pub fn prefix(url: &Url) -> &str {
    let path = url.path().trim_end_matches('/');
    ENDPOINTS.iter().find_map(|endpoint| path.strip_suffix(endpoint)).unwrap_or(path).trim_end_matches('/')
}
