//! «did you mean …», for people who write the table and for callers of a tool.

/// At most three of `have` that resemble `want`, the most similar first.
pub fn similar<'a>(want: &str, have: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    /// Of a name that has what is wanted as one of its words: `shop` of `team-shop`.
    const WORD: f64 = 0.85;
    let want = want.to_lowercase();
    let alike = |candidate: &str| match candidate.split(['-', '/']).any(|word| word == want) {
        true => strsim::jaro_winkler(&want, candidate).max(WORD),
        false => strsim::jaro_winkler(&want, candidate),
    };
    let mut scored: Vec<(f64, &str)> = have
        .into_iter()
        .map(|candidate| (alike(&candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score > 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    // One that is much nearer than the others is meant.
    let best = scored.first().map_or(0.0, |(score, _)| *score);
    scored.retain(|(score, _)| *score > best - 0.1);
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// ` (did you mean `a` or `b`?)`, or nothing when nothing is similar.
pub fn did_you_mean<'a>(want: &str, have: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = similar(want, have).iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { String::new() } else { format!(" (did you mean {}?)", names.join(" or ")) }
}
