//! What a text says apart from what changes from one time to the next: revisions, numbers, and states.

/// Texts with the same gist may stand in one line, as long as it says that they differ.
pub(super) fn gist(text: &str) -> String {
    // "Updated sync status: OutOfSync -> Synced": what was updated is the same, whatever it became.
    let text = match text.split_once(" -> ") {
        Some((before, _)) => before.rsplit_once(": ").map_or(before, |(what, _)| what),
        None => text,
    };
    let words = text.split_whitespace().map(|word| {
        let core = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        if is_variable(core) { word.replace(core, "#") } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
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
