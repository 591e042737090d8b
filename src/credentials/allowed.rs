//! Base URLs that callers of a network listener may choose: `--allowed-base-url`.

use regex::Regex;

use crate::{
    argocd::instance::normalise,
    error::{Error, Kind},
};

/// A base URL, or one in which `*` stands for a label of the host or a part of one.
#[derive(Debug)]
pub(super) struct Allowed {
    pattern: Regex,
    /// Whether the host has a `*`. Such a pattern allows names that may lead anywhere.
    pub(super) has_wildcard: bool,
}

impl Allowed {
    /// Reads one value of the flag.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: the text is not a base URL, or has a `*` outside its host. The message says what to
    /// write.
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        // A placeholder that is not in the text: no URL may have a star in its host.
        let mut star = "any".to_owned();
        while text.to_ascii_lowercase().contains(&star) {
            star.push('y');
        }
        let wrong = |problem: &str| {
            Error::new(Kind::Configuration, format!("--allowed-base-url: `{text}` {}", problem.replace(&star, "*")))
                .hint("Write a base URL, or one with * in its host: https://*.example.com")
        };
        let (_, authority) = text.split_once("://").ok_or_else(|| wrong("has no scheme"))?;
        let (host, rest) = authority.split_at(authority.find([':', '/']).unwrap_or(authority.len()));
        if rest.contains('*') || host == "*" {
            return Err(wrong("has its * outside a part of the host"));
        }
        let plain = normalise(&text.replace('*', &star)).map_err(|error| wrong(&error.message))?;
        let pattern = format!("^{}$", regex::escape(&plain).replace(&star, "[a-z0-9-]+"));
        let pattern = Regex::new(&pattern).map_err(|_| wrong("cannot be used"))?;
        Ok(Self { pattern, has_wildcard: text.contains('*') })
    }

    pub(super) fn fits(&self, base_url: &str) -> bool {
        self.pattern.is_match(base_url)
    }
}
