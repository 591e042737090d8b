//! What a text says apart from what changes from one time to the next: revisions, numbers, states, and names of pods.

/// Texts with the same gist may stand in one line, as long as it says that they differ.
pub(super) fn gist(text: &str) -> String {
    // "Updated sync status: OutOfSync -> Synced": what was updated is the same, whatever it became.
    let text = match text.split_once(" -> ") {
        Some((before, _)) => before.rsplit_once(": ").map_or(before, |(what, _)| what),
        None => text,
    };
    let words = text.split_whitespace().map(|word| {
        let core = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        match generated(core) {
            _ if is_variable(core) => word.replace(core, "#"),
            Some(suffix) => word.replace(suffix, "#"),
            None => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The end that Kubernetes gave a name: `-x7k2p`, of letters and digits among which no words are made.
fn generated(name: &str) -> Option<&str> {
    let (owner, end) = name.rsplit_once('-')?;
    let is_generated = end.len() == 5 && end.bytes().all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte));
    (is_generated && !owner.is_empty()).then_some(end)
}

/// A number, a version, a commit SHA or a digest.
fn is_variable(word: &str) -> bool {
    let digits = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let number = word.strip_prefix('v').unwrap_or(word);
    let is_number = digits(number) && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let hex = word.strip_prefix("sha256:").unwrap_or(word);
    let is_sha = matches!(hex.len(), 7..=64) && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_number || (is_sha && hex.contains(|c: char| c.is_ascii_digit()))
}
