//! An Argo CD release number, compared with and written like `v3.5.1`.

use std::fmt;

/// An Argo CD release. What follows the third number (`-rc1`, `+109ca7c`) is ignored: a release
/// candidate speaks the API of the release it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release {
    /// Changes rarely; 2 and 3 are in use.
    pub major: u16,
    /// Operations and fields appear with this one.
    pub minor: u16,
    /// Bug fixes.
    pub patch: u16,
}

impl Release {
    /// `Release::new(3, 5, 1)` is `v3.5.1`.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// Reads `v3.5.1`, `3.5`, `v3.6.0-rc1+109ca7c`; `None` when it is not a release number.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let numbers = text.split(['-', '+']).next()?;
        let mut parts = numbers.split('.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?.parse().ok()?;
        let patch = parts.next().map_or(Ok(0), str::parse).ok()?;
        parts.next().is_none().then_some(Self { major, minor, patch })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}.{}", self.major, self.minor, self.patch)
    }
}
