//! What is said of a credential where its value would stand: errors, and what is wrong with it.

use super::is_number;

/// Whether a value is how Microsoft calls an error: `AADSTS7000222`, `IDX10223`.
pub(in crate::view::mask) fn is_error_code(value: &str) -> bool {
    let digits = value.trim_start_matches(|c: char| c.is_ascii_uppercase());
    (3..=6).contains(&(value.len() - digits.len()))
        && (5..=7).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a value at the beginning of a text is the first word of a sentence about a credential: `must not be blank`.
pub(in crate::view::mask) fn is_said(value: &str, text: &str) -> bool {
    const WORDS: &str = "access argument array audience authentication boolean cannot cipher concurrent connection context \
        deadline dial does duplicate expected failed flag flags forbidden illegal incorrect instead integer invalid length message \
        must number object open operation option parameter parameters permission read-only request required requires \
        should stat string takes timeout token unable unbound unexpected unknown unsupported value when wiretype with without wrong";
    /// Bytes of the longest sentence that is read: a text may hold many values, and the work must stay in proportion to
    /// its length.
    const LONGEST: usize = 160;
    let rest = text.get(value.len()..).unwrap_or_default();
    let sentence = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default();
    let sentence = sentence.split(['.', ';', '[', '\n']).next().unwrap_or_default();
    if (is_error_code(value) && rest.starts_with(':')) || is_refusal(sentence) {
        return true;
    }
    let after = rest.trim_start_matches(' ');
    let after = after.strip_prefix(':').unwrap_or(after).trim_start();
    let is_last = after.is_empty() && matches!(value, "flag" | "option" | "parameter");
    let goes_on = |c: char| c.is_ascii_lowercase() || c == '-' || c == '/';
    (WORDS.split_whitespace().any(|word| word.eq_ignore_ascii_case(value)) && after.starts_with(goes_on))
        || (value == "secret" && rest.starts_with(" \""))
        || is_last
}

/// Whether a text is how a form refuses what was entered: lowercase words, of which the first two and one more are
/// known. `This field is required.`, `Must be at least 8 characters`.
pub(super) fn is_refusal(text: &str) -> bool {
    const FIRST: &str = "extra-inputs extra-fields ensure-this field-is field-required input-should invalid-input is-empty \
        is-expired is-incorrect is-invalid is-missing is-required is-too must-be must-contain must-not path-password \
        provided-value should-be should-not string-should string-must this-field this-value value-is variable-required";
    const SAID: &str = "allowed blank characters common empty expected expired incorrect invalid least missing must permitted \
        required short should valid";
    let is = |known: &str, word: &str| known.split(' ').any(|known| known.eq_ignore_ascii_case(word));
    let words = text.split_whitespace().map(|word| word.trim_matches(['`', '"', '\'', ',', '.', ':']));
    let is_small = |word: &str| {
        word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') || (word.len() < 4 && is_number(word))
    };
    let mut both = words.clone();
    let first = both.next().zip(both.next()).map(|(first, second)| format!("{first}-{second}"));
    first.is_some_and(|first| is(FIRST, &first))
        && words.clone().skip(1).all(is_small)
        && words.skip(1).any(|word| is(SAID, word))
}
