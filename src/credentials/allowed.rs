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
    /// What is under a wildcard may lead anywhere; a name that is written out was meant.
    pub(super) has_wildcard: bool,
}

impl Allowed {
    /// Reads one.
    ///
    /// # Errors
    /// [`Kind::Configuration`] names the flag, the text and what to write.
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        // A label that is not in the text, as a star is none.
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
