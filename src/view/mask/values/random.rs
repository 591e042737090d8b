//! What looks generated, as opposed to names, which are made of words.

/// At least eight characters, letters and digits, or letters alone in an order that no word has.
pub(in crate::view::mask) fn looks_random(value: &str) -> bool {
    let has = |class: fn(&u8) -> bool| value.bytes().any(|byte| class(&byte));
    value.len() >= 8 && has(u8::is_ascii_alphabetic) && (has(u8::is_ascii_digit) || is_jumbled(value))
}

/// Capitals between small letters as no name has them: `kTzQbWnE`, not `ServiceAccountToken` or `getURLs`.
fn is_jumbled(value: &str) -> bool {
    /// Words of two letters in names.
    const SHORT: &str = "Am An As At Be By Ca Ch Cm Cr Db De Do Fn Go Gt Ha Id If In Io Ip Is It Js Lt Md Me Mi My No Ns \
        Of Ok On Op Or Os Rs So To Ui Un Up Us Vm We";
    const LONG: usize = 5;
    let is_small = |run: &[u8]| run.first().is_some_and(u8::is_ascii_lowercase);
    let is_vowel = |byte: &u8| b"aeiouy".contains(&byte.to_ascii_lowercase());
    let is_odd = |run: &[u8], capitals: &[u8], is_last: bool| match (is_small(run), capitals.last()) {
        (true, Some(capital)) => match run {
            [b's'] => false,
            [one] => !SHORT.split(' ').any(|word| word.as_bytes() == [*capital, *one]),
            _ => run.len() + 1 >= LONG && !run.iter().chain([capital]).any(is_vowel),
        },
        (false, Some(_)) => run.len() == 2 && !is_last,
        (_, None) => false,
    };
    value.split(|c: char| !c.is_ascii_alphabetic()).any(|part| {
        let mut runs = part.as_bytes().chunk_by(|a, b| a.is_ascii_lowercase() == b.is_ascii_lowercase()).peekable();
        let mut before: &[u8] = &[];
        std::iter::from_fn(|| {
            let run = runs.next()?;
            let odd = is_odd(run, before, runs.peek().is_none());
            before = run;
            Some(odd)
        })
        .any(|odd| odd)
    })
}

/// The same, or capitals beside small letters.
pub(in crate::view::mask) fn is_mixed(value: &str) -> bool {
    let has = |class: fn(&u8) -> bool| value.bytes().any(|byte| class(&byte));
    looks_random(value) || (value.len() >= 8 && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
}

/// Whether a value is made of words, as names are: `db-credentials-v2`, `prod/db1`, `DB_PASSWORD_2`. Every part
/// consists of letters, followed by at most three digits. Generated values have digits elsewhere.
pub(in crate::view::mask) fn is_of_words(value: &str) -> bool {
    let word = |part: &str| {
        let digits = part.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    value.split(['-', '_', '.', '/']).all(word) && !(value.len() >= 8 && is_jumbled(value))
}
