//! Values that count or name something: numbers, keys of stores, Secrets of Argo CD, images.

use super::is_of_words;

/// Numbers and paths under words that more often count or look up something than hold a credential: `keys=1024`,
/// `max_tokens=4096`, `pass=12 fail=0`, `key=orders/2024/11`, `key=order-12345`.
pub(in crate::view::mask) fn is_counted(name: &str, value: &str, after: &str) -> bool {
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = |part: &str| is_of_words(part) || is_revision(part);
    let name = name.to_ascii_lowercase();
    let mut parts = value.split(['-', '_', '.', '/', ':']);
    match name.as_str() {
        "keys" => is_number,
        "pass" => is_number && after.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("fail")),
        "key" => {
            is_object(value)
                || matches!(value, "password" | "token" | "value")
                || value.starts_with("SHA256:")
                || (parts.clone().count() > 1 && parts.all(is_plain))
                || is_name_of_object(value)
        }
        // The working directory of a shell.
        "pwd" => value.starts_with('/') && is_of_words(value.trim_end_matches(is_of_version)),
        "secret" | "externalsecret" | "pullsecret" | "sealedsecret" => {
            let (object, key) = value.split_once('#').unwrap_or((value, ""));
            (is_object(object) && (key.is_empty() || is_of_words(key))) || is_place(value) || is_of_argo(value)
        }
        _ => name.ends_with("tokens") && is_number && value.len() < 6,
    }
}

/// The end of a directory: `/opt/app-1.2`.
fn is_of_version(c: char) -> bool {
    c.is_ascii_digit() || c == '.'
}

/// Whether a part of a name counts: `20241130`, `v12345`, `db2024`.
fn is_revision(part: &str) -> bool {
    // `30T19`, of a date and a time of day.
    if let Some((day, hour)) = part.split_once('T') {
        let is_below = |part: &str, end: u8| part.len() == 2 && part.parse::<u8>().is_ok_and(|number| number < end);
        return is_below(day, 32) && is_below(hour, 25);
    }
    let digits = part.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let is_year = digits.len() == 4 && digits.starts_with("20");
    digits.bytes().all(|byte| byte.is_ascii_digit()) && (is_year || part.len() <= digits.len() + 1)
}

/// Whether a value is how Argo CD calls the Secret of a repository or a cluster: `repo-1234567890`.
fn is_of_argo(value: &str) -> bool {
    let is_hash = |hash: &str| hash.len() > 6 && hash.bytes().all(|byte| byte.is_ascii_digit());
    ["repo-", "creds-", "cluster-"].iter().any(|begin| value.starts_with(begin))
        && value.rsplit_once('-').is_some_and(|(name, hash)| is_of_words(name) && is_hash(hash))
}

/// Whether a value is an image: a registry, a name, and a tag or a digest.
pub(in crate::view::mask) fn is_image(value: &str) -> bool {
    let is_digest = |text: &str| {
        text.strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let is_part = |part: &str| {
        let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_:".contains(&byte);
        !part.is_empty() && part.bytes().all(is_known)
    };
    let (name, digest) = value.split_once('@').unwrap_or((value, ""));
    let (path, tag) = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unwrap_or((name, ""));
    let is_tag = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    path.contains('/')
        && path.split('/').all(is_part)
        && is_tag
        && (is_digest(digest) || (digest.is_empty() && !tag.is_empty()))
}

/// Whether a value is how Kubernetes calls an object or a field: `kube-system/bootstrap-token-07401b`,
/// `web-7d9f8c6b5-x2k4p`, `spec.template`, `authentication.k8s.io`. What else has digits may be generated.
pub(in crate::view::mask) fn is_name_of_object(value: &str) -> bool {
    /// The letters and digits of the suffixes that Kubernetes generates.
    const GENERATED: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    if value.split_once("bootstrap-token-").is_some_and(|(_, id)| id.len() == 6) {
        return true;
    }
    let is_generated =
        |part: &str| (5..=10).contains(&part.len()) && part.bytes().all(|byte| GENERATED.contains(&byte));
    let is_known = |part: &str| is_of_words(part) || part == "k8s" || is_version_of_api(part);
    let is_name = |name: &str| {
        let (first, rest) = name.split_once('-').unwrap_or((name, ""));
        is_known(first) && rest.split('-').all(|part| is_known(part) || is_generated(part))
    };
    let letters = value.bytes().take_while(u8::is_ascii_lowercase).count();
    let is_joined = value.get(letters..).is_some_and(|rest| rest.starts_with(['-', '_', '.', '/']));
    letters > 2 && is_joined && value.split(['_', '.', '/']).all(is_name)
}

/// `v1`, `v1beta1`
fn is_version_of_api(part: &str) -> bool {
    let is_number = |text: &str| (1..3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(version) = part.strip_prefix('v') else { return false };
    let (stable, next) = ["alpha", "beta"].iter().find_map(|word| version.split_once(word)).unwrap_or((version, "1"));
    is_number(stable) && is_number(next)
}

/// Whether a value is a namespace and a name, as controllers call the object they work on:
/// `default/web-7d4b9c8f-x2x4k`, `shop/db`.
fn is_object(value: &str) -> bool {
    let is_name = |part: &str| {
        let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
        part.starts_with(|c: char| c.is_ascii_lowercase()) && part.len() <= 63 && part.bytes().all(is_known)
    };
    let parts = value.split_once('/');
    let is_told = |name: &str| name.contains('-') || is_of_words(name);
    parts.is_some_and(|(space, name)| is_name(space) && is_name(name) && is_of_words(space) && is_told(name))
}

/// Whether a value says where a store has a secret: `prod/payments/db2`, `https://kv1.vault.azure.net/secrets/x`.
fn is_place(value: &str) -> bool {
    let address = value.strip_prefix("https://").filter(|rest| !rest.contains(['@', '?', '#']));
    address.is_some() || (value.split('/').count() > 2 && is_of_words(value))
}
