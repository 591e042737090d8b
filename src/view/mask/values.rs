//! What a value looks like: a credential, or something that nobody uses as a credential.

mod objects;
mod random;
mod said;

use base64::{Engine, engine::general_purpose::STANDARD};
pub(super) use objects::{is_counted, is_image, is_name_of_object};
pub(super) use random::{is_mixed, is_of_words, looks_random};
use said::is_refusal;
pub(super) use said::{is_error_code, is_said};

use super::{assigned::has_name, names::is_sensitive, secrets::is_action};

/// Whether a value is a user and a password in base64, as in `auth` of a Docker configuration.
pub(super) fn is_encoded_pair(value: &str) -> bool {
    let decoded = STANDARD.decode(value.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.is_some_and(|text| {
        text.split_once(':').is_some_and(|(user, password)| !user.is_empty() && !password.is_empty())
    })
}

/// Whether a value is `user:password`, or `neo4j/password` of Neo4j.
pub(super) fn is_pair(value: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.starts_with("//") && !part.contains(char::is_whitespace);
    let pair = value.trim().strip_prefix("neo4j/").map(|password| ("neo4j", password));
    let pair = pair.or_else(|| value.trim().split_once(':'));
    pair.is_some_and(|(user, password)| is_part(user) && is_part(password))
}

/// Whether a value is a user and a password that looks generated: `neo4j/…`, `elastic:…`.
pub(super) fn is_login(value: &str) -> bool {
    let parts = value.split_once([':', '/']).filter(|_| !value.contains(char::is_whitespace));
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    parts.is_some_and(|(user, password)| {
        !user.is_empty()
            && user.bytes().all(is_known)
            && !password.starts_with('/')
            && !password.contains(':')
            && looks_random(password)
            && !is_of_words(password)
    })
}

/// Values that nobody uses as a credential: switches, versions, files, references, the name of a scheme before the
/// credential, and what Argo CD puts in the place of one.
pub(super) fn is_harmless(value: &str) -> bool {
    const WORDS: &[&str] = &["", "true", "false", "null", "none", "enabled", "disabled", "bearer", "basic"];
    let value = value.trim();
    let is_all = |sign: u8| value.bytes().all(|byte| byte == sign);
    if is_file(value) || is_reference(value) || value.starts_with("arn:aws") || is_all(b'+') || is_all(b'*') {
        return true;
    }
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(value)) || is_numbers(value)
}

/// `1.25.0`, `v2.3`.
fn is_numbers(value: &str) -> bool {
    let numbers: Vec<&str> = value.strip_prefix(['v', 'V']).unwrap_or(value).split('.').collect();
    numbers.len() > 1 && numbers.iter().all(|number| is_number(number))
}

/// The same, also with a suffix: `1.25.0-alpine`.
pub(super) fn is_version(value: &str) -> bool {
    is_numbers(value.split(['-', '+']).next().unwrap_or_default())
}

/// The same outside Secrets, where more values are known not to be credentials: other switches, states, sizes, files,
/// addresses without a path, and names of Secrets.
pub(super) fn is_something_else(value: &str) -> bool {
    const SCHEMES: [&str; 3] = ["Bearer ", "Basic ", "token "];
    const WORDS: &[&str] = &[
        "always",
        "expired",
        "failed",
        "incorrect",
        "invalid",
        "missing",
        "never",
        "no",
        "off",
        "on",
        "optional",
        "rbac",
        "required",
        "revoked",
        "strict",
        "undefined",
        "unset",
        "yes",
    ];
    let value = value.trim();
    let behind = SCHEMES.iter().find_map(|scheme| value.strip_prefix(scheme));
    // `Basic $basic-auth`, of Argo CD's notifications.
    let is_part = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_');
    if behind.and_then(|value| value.strip_prefix('$')).is_some_and(|name| name.bytes().all(is_part)) {
        return true;
    }
    let value = behind.unwrap_or(value);
    // `true|false` is a choice of two.
    is_harmless(value)
        || (value.contains('|') && value.split('|').all(is_something_else))
        || is_variable(value)
        || is_file_of_words(value)
        || is_table(value)
        || is_address(value)
        || is_name_of_secret(value)
        || is_name_of_variable(value)
        || WORDS.iter().any(|word| word.eq_ignore_ascii_case(value))
        || is_amount(value)
        || is_placeholder(value)
        || is_action(value)
        || is_refusal(value)
}

/// `<your-password>`, `[REDACTED]`, and placeholders that programs replace: `((db-token))`, `#{token}`, `__TOKEN__`.
fn is_placeholder(value: &str) -> bool {
    const AROUND: [(&str, &str); 5] = [("((", "))"), ("#{", "}"), ("__", "__"), ("%", "%"), ("<+", ">")];
    let within = |(open, close): (&str, &str)| value.strip_prefix(open)?.strip_suffix(close);
    let is_name = |name: &str| has_name(name) && name.split([':', '(', ')', '"']).all(is_of_words);
    // `%Password22%` may be a password.
    let is_even = !value.starts_with(['%', '_']) || !(is_mixed(value) || value.contains(|c: char| c.is_ascii_digit()));
    if is_even && AROUND.into_iter().filter_map(within).any(is_name) {
        return true;
    }
    let is_words =
        |words: &str| words.split(['-', '_', ' ']).all(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let is_named = |words: &str| is_words(words) && has_name(words);
    within(("<", ">")).is_some_and(is_named) || is_hidden(value)
}

/// What other programs print instead of a credential: `***`, `xxxxx` of Go, `[FILTERED]` of Rails, `[hidden]` of Kafka.
pub(super) fn is_hidden(value: &str) -> bool {
    const WORDS: [&str; 4] = ["filtered", "hidden", "masked", "redacted"];
    const AROUND: [(&str, &str); 4] = [("[", "]"), ("(", ")"), ("<", ">"), ("***", "***")];
    let is_word = |value: &str| WORDS.iter().any(|word| word.eq_ignore_ascii_case(value));
    let within = |(open, close): (&str, &str)| value.strip_prefix(open)?.strip_suffix(close);
    let is_all =
        |sign: u8| (3..=32).contains(&value.len()) && value.bytes().all(|byte| byte.eq_ignore_ascii_case(&sign));
    is_all(b'*')
        || is_all(b'x')
        || value.eq_ignore_ascii_case("redacted")
        || AROUND.into_iter().filter_map(within).any(is_word)
}

/// `12px`, `30s`, `15m`, `7d`; a single digit is a switch.
fn is_amount(value: &str) -> bool {
    const UNITS: &[&str] = &["", "px", "ms", "s", "m", "h", "d"];
    let unit = value.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = value.strip_suffix(unit).unwrap_or_default();
    is_number(number) && UNITS.contains(&unit) && (!unit.is_empty() || number.len() == 1)
}

/// Whether a value is the kind of a resource: `ClusterRole`.
pub(super) fn is_kind(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_uppercase())
        && value.bytes().all(|byte| byte.is_ascii_alphabetic())
        && value.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() < 5 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `uploads/logo.png`, told by its ending.
fn is_file_of_words(value: &str) -> bool {
    const ENDINGS: &[&str] =
        &[".crt", ".html", ".jpg", ".json", ".key", ".pem", ".png", ".svg", ".txt", ".yaml", ".yml"];
    ENDINGS.iter().any(|ending| value.ends_with(ending)) && is_of_words(value)
}

/// `/etc/tls/tls.key`. A generated credential may begin with a `/`, but will hardly go on with a lowercase word and
/// another `/`.
fn is_file(value: &str) -> bool {
    let Some((folder, rest)) = value.strip_prefix('/').and_then(|path| path.split_once('/')) else { return false };
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    folder.len() >= 3
        && folder.bytes().all(|byte| byte.is_ascii_lowercase())
        && rest.split('/').all(|name| name.len() <= 63 && name.chars().all(part))
}

/// `hash:/etc/postfix/sasl_passwd`: the type of a file and its path.
fn is_table(value: &str) -> bool {
    let parts =
        value.split_once(':').filter(|(kind, _)| kind.len() > 2 && kind.bytes().all(|byte| byte.is_ascii_lowercase()));
    parts.is_some_and(|(_, path)| is_file(path))
}

/// `$(NAME)`, `${NAME}`, `${env.NAME}`: the credential stands elsewhere.
pub(super) fn is_reference(value: &str) -> bool {
    let inner = |open, close| value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    inner("$(", ")").or_else(|| inner("${", "}")).is_some_and(name)
}

/// Whether a value is the name of a variable: `DB_PASSWORD`, `settings.DB_PASSWORD`, `process.env.API_KEY`.
fn is_name_of_variable(value: &str) -> bool {
    let value = value.trim_end_matches([';', ',']);
    let (owner, value) = value.rsplit_once('.').unwrap_or(("", value));
    if !owner.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.')) {
        return false;
    }
    let is_known = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    value.contains('_') && value.bytes().all(is_known) && is_sensitive(value)
}

/// Whether the beginning of a value is enough to tell that it refers to a credential elsewhere.
pub(super) fn is_elsewhere(value: &str) -> bool {
    let is_known = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_last = |rest: &str, close: char| {
        let behind = rest.split_once(close).map_or("", |(_, behind)| behind);
        behind.trim_start_matches(['"', '\'', ',', ';', ')']).split_whitespace().next().is_none_or(str::is_empty)
            || behind.starts_with(char::is_whitespace)
    };
    let is_demanded =
        |rest: &str| rest.trim_start_matches(is_known).trim_start_matches(':').starts_with('?') && is_last(rest, '}');
    ["$(", "${{", "%(ENV_", "arn:aws"].iter().any(|begin| value.starts_with(begin))
        || value.strip_prefix("${").is_some_and(is_demanded)
        || value.strip_prefix("os.environ[").is_some_and(|rest| is_last(rest, ']'))
}

/// A variable that a shell, a template or a configuration replaces by its value: `$NAME`, `$(cat /x)`, `${NAME:-}`,
/// `${env:NAME}`, `$__file{/x}`, `%(ENV_NAME)s`. If it has a default, that default may be a credential.
fn is_variable(value: &str) -> bool {
    if is_elsewhere(value) || is_of_store(value) {
        return true;
    }
    let is_name = |name: &str, class: fn(char) -> bool| !name.is_empty() && name.chars().all(class);
    let in_capitals = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if value.starts_with("$__") && value.ends_with('}') {
        return true;
    }
    if value.strip_prefix('$').is_some_and(|name| is_name(name, in_capitals)) {
        return true;
    }
    let Some(inner) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else { return false };
    let (name, place) = inner.split_once(':').unwrap_or((inner, ""));
    let default = place.trim_start_matches(['-', '=', '+']);
    is_store(name, place)
        || (is_name(name, |c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
            && (default.starts_with('?') || is_harmless(default)))
}

/// Whether `${NAME:…}` refers to a store, as in Spring, Kafka, Strimzi and Serverless. What follows the `:` must be a
/// path made of words; anything else may be a default.
pub(super) fn is_store(name: &str, place: &str) -> bool {
    const STORES: &[&str] = &["configmaps", "directory", "secret", "secrets", "secretsmanager", "sm", "ssm"];
    let is_place = || place.contains('/') && place.split([':', '/']).all(|part| part.is_empty() || is_of_words(part));
    matches!(name, "env" | "file" | "strimzienv" | "vault") || (STORES.contains(&name) && is_place())
}

/// References of Argo CD (`$dex-secret:clientSecret`), of its Vault plugin, and of stores of secrets.
fn is_of_store(value: &str) -> bool {
    // `$slack-token` is a reference; `$my-Password12` may be a password.
    let is_key = |name: &str| name.split('-').next_back().is_some_and(is_sensitive) && !looks_random(name);
    let is_told = |name: &str| name.contains(['.', ':']) || (name.contains('-') && is_key(name));
    let is_own = |name: &str| is_told(name) && name.split(':').all(is_of_words);
    let begins = |stores: &[&str]| stores.iter().any(|store| value.starts_with(store));
    value.strip_prefix('$').is_some_and(is_own)
        || (value.starts_with("<path:") && value.ends_with('>'))
        || begins(&["op://", "ENC[AES256_GCM,", "{{resolve:", "@Microsoft.KeyVault("])
        || (value.starts_with("projects/") && value.contains("/secrets/"))
        || (begins(&["vault:"]) && value.contains('#'))
        || (begins(&["ref+"]) && value.contains("://"))
}

/// `http://token-svc:8080`: no user, no path, no query, and a host made of words.
fn is_address(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else { return false };
    let (host, port) = rest.rsplit_once(':').unwrap_or((rest, ""));
    let all = |text: &str, class: fn(&u8) -> bool| text.bytes().all(|byte| class(&byte));
    all(scheme, u8::is_ascii_lowercase) && all(port, u8::is_ascii_digit) && !host.contains('/') && is_of_words(host)
}

/// `db-credentials-v2`, `shop-tls`: the name of a Secret that tells what the Secret holds. `my-secret` may be a
/// password.
fn is_name_of_secret(value: &str) -> bool {
    const ENDS: &[&str] = &["cert", "certs", "credentials", "creds", "tls"];
    let is_name =
        value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    let mut parts = value
        .split(['-', '.'])
        .rev()
        .skip_while(|part| part.trim_start_matches('v').bytes().all(|byte| byte.is_ascii_digit()));
    let ends_so = parts.next().is_some_and(|part| ENDS.contains(&part.trim_end_matches(|c: char| c.is_ascii_digit())));
    let words = value.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_dotted = value.contains('.') && !value.contains('-');
    is_name && !is_dotted && ends_so && parts.next().is_some_and(|part| !part.is_empty()) && is_of_words(words)
}
