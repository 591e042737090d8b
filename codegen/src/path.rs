//! The path language of views: `status.health.status`, `spec.sources[].repoURL`, `metadata.annotations["a.b/c"]`.

use std::fmt;

/// A parsed path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    /// Steps from the root of the answer, or of the item, inwards.
    pub segments: Vec<Segment>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// Into the value of a key.
    Key(String),
    /// Into every item of a list.
    Each,
    /// Into the JSON that a string holds.
    Json,
}

impl Path {
    /// Reads a path; `""` is the value itself.
    ///
    /// # Errors
    /// A sentence that quotes the part that cannot be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut segments = vec![];
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("[]") {
                segments.push(Segment::Each);
                rest = after;
            } else if let Some(quoted) = rest.strip_prefix("[\"") {
                let (key, after) = quoted.split_once("\"]").ok_or_else(|| format!("`{text}`: `[\"` without `\"]`"))?;
                segments.push(Segment::Key(key.to_owned()));
                rest = after;
            } else if let Some(after) = rest.strip_prefix("|json") {
                segments.push(Segment::Json);
                rest = after;
            } else {
                let dotted = if segments.is_empty() { Some(rest) } else { rest.strip_prefix('.') };
                let key = dotted
                    .ok_or_else(|| format!("`{text}`: expected `.`, `[]`, `[\"key\"]` or `|json` before `{rest}`"))?;
                let end = key.find(['.', '[', '|']).unwrap_or(key.len());
                let (name, after) = key.split_at(end);
                if name.is_empty() {
                    return Err(format!("`{text}` has an empty key"));
                }
                if !name.chars().all(|c| c.is_ascii_alphanumeric() || "_-$".contains(c)) {
                    return Err(format!("`{text}`: `{name}` is not a key (quote it: `[\"{name}\"]`)"));
                }
                segments.push(Segment::Key(name.to_owned()));
                rest = after;
            }
        }
        Ok(Self { segments })
    }

    /// This path followed by another.
    pub fn join(&self, other: &Self) -> Self {
        Self { segments: self.segments.iter().chain(&other.segments).cloned().collect() }
    }

    /// The keys alone up to the first `|json`, as `fields` spells a path: `items.spec.sources.repoURL`.
    pub fn keys(&self) -> Vec<&str> {
        let before_json = self.segments.iter().take_while(|segment| **segment != Segment::Json);
        before_json
            .filter_map(|segment| if let Segment::Key(key) = segment { Some(key.as_str()) } else { None })
            .collect()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Key(key) if key.contains(['.', '/', '[', '|']) => write!(f, "[\"{key}\"]")?,
                Segment::Key(key) if index == 0 => write!(f, "{key}")?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Each => write!(f, "[]")?,
                Segment::Json => write!(f, "|json")?,
            }
        }
        Ok(())
    }
}
