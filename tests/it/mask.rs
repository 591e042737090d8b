//! What is masked in everything that was recorded, and what is not.

use std::collections::BTreeSet;

use argocd_mcp::view::{mask, path};
use serde_json::{Value, json};

use crate::{recordings, snapshots::check};

/// The places that masking changed, with what stands there now.
fn masked(before: &Value, after: &Value, path: &str, found: &mut BTreeSet<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, child) in before {
                masked(child, &after[key], &format!("{path}.{key}"), found);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            before.iter().zip(after).for_each(|(before, after)| masked(before, after, &format!("{path}[]"), found));
        }
        (Value::String(before), Value::String(after)) if before != after => {
            match (serde_json::from_str::<Value>(before), serde_json::from_str::<Value>(after)) {
                (Ok(before @ Value::Object(_)), Ok(after)) => masked(&before, &after, &format!("{path}|json"), found),
                _ => drop(found.insert(format!("{path}: {}", unmarked(after)))),
            }
        }
        (before, after) if before != after => drop(found.insert(format!("{path}: {}", unmarked(&path::scalar(after))))),
        _ => {}
    }
}

/// Every value of an answer; a stream has one a line.
fn values(name: &str) -> Vec<Value> {
    let response = recordings::load(name).response;
    let lines = response.text.unwrap_or_default();
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| Value::String(line.to_owned())));
    response.json.into_iter().chain(lines).collect()
}

#[test]
fn nothing_else_in_the_recordings_is_masked() {
    let mut places = BTreeSet::new();
    for name in ["v3.5.1", "v2.14.21", "payloads"].into_iter().flat_map(|folder| recordings::names(folder, "")) {
        for before in values(&name) {
            let mut after = before.clone();
            mask::value(&mut after);
            masked(&before, &after, "", &mut places);
        }
    }
    let places: Vec<String> = places.into_iter().collect();
    check("mask.places", &places.join("\n"));
}

/// The credentials that were planted into what was recorded.
pub const PLANTED: &[&str] =
    &["ghp_FAKE", "FAKE/wJalr", "hunter2", "lab-fake-token", "made-up-password", "made-up-inline-token"];

#[test]
fn no_planted_credential_is_left() {
    let mut met: BTreeSet<&str> = BTreeSet::new();
    for name in ["v3.5.1", "v2.14.21", "payloads"].into_iter().flat_map(|folder| recordings::names(folder, "")) {
        for mut value in values(&name) {
            met.extend(PLANTED.iter().filter(|planted| value.to_string().contains(**planted)));
            mask::value(&mut value);
            let text = value.to_string();
            assert!(!PLANTED.iter().any(|planted| text.contains(planted)), "{name}: {text}");
        }
    }
    assert_eq!(met.len(), PLANTED.len(), "recorded are only {met:?}");
}

#[test]
fn what_has_the_form_of_a_credential_is_masked_and_nothing_else() {
    let random = "Ab3".repeat(13);
    let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0ZXN0In0.c2ln";
    let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----";
    let secret = [
        (format!("token ghp_{random} used"), "token «» used"),
        (format!("AKIA{}", "ABCD".repeat(4)), "«»"),
        (format!("cookie is {jwt}"), "cookie is «»"),
        (format!("tls:\n{key}\nend"), "tls:\n«»\nend"),
        ("postgres://app:s3cr3t-word@db:5432/app".into(), "postgres://app:«»@db:5432/app"),
        (format!("https://{random}@git.example/shop.git"), "https://«»@git.example/shop.git"),
        ("Authorization: Bearer abcdefgh12345678".into(), "Authorization: Bearer «»"),
        ("DB_PASSWORD=tr0ub4dor next".into(), "DB_PASSWORD=«» next"),
        ("db:\n  password: \"correct horse battery\"\n  user: app".into(), "db:\n  password: \"«»\"\n  user: app"),
        (r#"{\"apiKey\": \"abcd1234\"}"#.into(), r#"{\"apiKey\":\"«»\"}"#),
        ("run --db-password tr0ub4dor --level info".into(), "run --db-password «» --level info"),
        ("- name: API_TOKEN\n  value: abcd1234\n".into(), "- name: API_TOKEN\n  value: «»\n"),
        ("Authorization: Basic dXNlcjpwYXNz".into(), "Authorization: Basic «»"),
        ("authorization=Bearer abcdefghijklmnopqrstuvwxyzABCDEF".into(), "authorization=Bearer «»"),
        ("Authorization: Token 9944b09199c62bcf".into(), "Authorization: Token «»"),
        (r#"curl -H "Authorization: GenieKey 7f9a1c2d""#.into(), r#"curl -H "Authorization: GenieKey «»""#),
        ("Authorization: ApiKey abcdefghi\nAccept: a/b".into(), "Authorization: ApiKey «»\nAccept: a/b"),
        ("Cookie: a=1; session=abcdef0123456789 next".into(), "Cookie: a=«»; session=«» next"),
        ("Set-Cookie: id=abcd; Path=/; Max-Age=60".into(), "Set-Cookie: id=«»; Path=/; Max-Age=60"),
        (format!("GITHUB_TOKEN=ghp_{random}"), "GITHUB_TOKEN=«»"),
        (format!("token: ghp_{random} and more"), "token: «» and more"),
        ("redis://abcdefghijklmnop@cache:6379".into(), "redis://«»@cache:6379"),
        ("postgres://app:p@ss@word@db/app".into(), "postgres://app:«»@db/app"),
        ("root:tr0ub4dor@tcp(db:3306)/shop".into(), "root:«»@tcp(db:3306)/shop"),
        ("curl -s -u admin:tr0ub4dor https://x".into(), "curl -s -u admin:«» https://x"),
        (
            r#"proxy_set_header Authorization "Basic dXNlcjpwYXNz";"#.into(),
            r#"proxy_set_header Authorization "Basic «»";"#,
        ),
        (r#"{"password"=>"abcd1234"}"#.into(), r#"{"password"=>"«»"}"#),
        (r#"Password:="abcd1234""#.into(), r#"Password:="«»""#),
        ("a=b&password%3Dabcd1234&c=d".into(), "a=b&password%3D«»&c=d"),
        ("mysqldump -password tr0ub4dor".into(), "mysqldump -password «»"),
        (r#"password: "a\"bcdef""#.into(), r#"password: "«»""#),
        ("password: 'it''s abcd'".into(), "password: '«»'"),
        (r#"password=\\\"abcd1234\\\""#.into(), r#"password=\\\"«»\\\""#),
    ];
    for (text, masked) in secret {
        assert_eq!(unmarked(&mask::text(&text)), masked);
    }
    for harmless in [
        "registry.example/shop/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "ac8af82573c89c9aa711661f6c681c25c7892ded",
        "Secret shop/db-credentials: secretKeyRef key is missing",
        "secretName: db-credentials",
        "existingSecret: db-credentials",
        "imagePullSecrets: registry-login",
        "basic authentication failed: bearer realm expected",
        "TOKEN_URL=https://id.example/token",
        "http://git@git.example/shop.git",
        "No such key: 0000000000000000",
        "cacheKey=orders:42 partition_key=eu-west-1",
        "monkey: banana",
        "12278860-f8d8-416d-b9e3-c347179cf5fb",
        "max_tokens=4096",
        "registry.example/shop/secretful:1.25.0-alpine",
        "registry.example/shop/auth-token:1.25.0-alpine",
        "auth-token:apps/Deployment:shop/auth-token",
        "invalid token: expired",
        "authorization: permission denied",
        "Authorization: Bearer token is missing",
        "--client-key /etc/k/client.key --port 80",
        "key: app.conf\nport: 80",
        "checksum/secret: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        "DB_PASSWORD=$(DB_PASSWORD_OF_SECRET)",
    ] {
        assert_eq!(mask::text(harmless), harmless);
    }
}

#[test]
fn values_are_masked_where_people_choose_the_names() {
    let mut value = json!({
        "kind": "ConfigMap",
        "data": { "API_KEY": "abcd1234", "level": "debug", "app.yaml": "token: abcd1234\nport: 80" },
        "spec": {
            "containers": [{ "args": ["--token", "abcd1234", "--level", "info"], "env": [{ "name": "PASSWORD", "value": "abcd1234" }] }],
            "source": { "helm": { "valuesObject": { "auth": { "password": 12345678, "enabled": true } } } },
            "token": "of a field that Kubernetes named",
        },
    });
    mask::value(&mut value);
    let masked = |pointer: &str| unmarked(value.pointer(pointer).unwrap().as_str().unwrap());
    assert_eq!(masked("/data/API_KEY"), "«»");
    assert_eq!(masked("/data/level"), "debug");
    assert_eq!(masked("/data/app.yaml"), "token: «»\nport: 80");
    assert_eq!(masked("/spec/containers/0/args/1"), "«»");
    assert_eq!(masked("/spec/containers/0/args/3"), "info");
    assert_eq!(masked("/spec/containers/0/env/0/value"), "«»");
    assert_eq!(masked("/spec/source/helm/valuesObject/auth/password"), "«»");
    assert_eq!(value["spec"]["source"]["helm"]["valuesObject"]["auth"]["enabled"], true);
    assert_eq!(value["data"]["API_KEY"], value["spec"]["containers"][0]["args"][1], "equal values look equal");
}

#[test]
fn different_tokens_have_different_marks() {
    let token = |letter: &str| mask::text(&format!("GITHUB_TOKEN=ghp_{}", letter.repeat(36)));
    assert_ne!(token("a"), token("b"));
}

/// Without what differs from process to process.
pub fn unmarked(text: &str) -> String {
    let mut parts = text.split("«masked ");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| format!("{text}«»{}", part.split_once('»').unwrap().1))
}

#[test]
fn what_an_object_says_of_itself_counts_wherever_it_stands() {
    let masked = |json: &str| unmarked(&mask::json(json).unwrap());
    assert_eq!(
        masked(r#"{"data":{"a":"eA==","n":{"b":[1,"true"]}},"kind":"Secret"}"#),
        r#"{"data":{"a":"«»","n":{"b":["«»","true"]}},"kind":"Secret"}"#
    );
    assert_eq!(masked(r#"{"value":"abcd","name":"DB_PASSWORD"}"#), r#"{"value":"«»","name":"DB_PASSWORD"}"#);
    assert_eq!(
        masked(r#"{"value":{"value":"abcd","name":"PASSWORD"},"name":"x"}"#),
        r#"{"value":{"value":"«»","name":"PASSWORD"},"name":"x"}"#
    );
    // A manifest in a text; what has nothing to mask stays as it was written.
    assert_eq!(
        masked(r#"{"live":"{\"kind\": \"Secret\", \"data\": {\"a\": \"eA==\"}}"}"#),
        r#"{"live":"{\"kind\":\"Secret\",\"data\":{\"a\":\"«»\"}}"}"#
    );
    assert_eq!(masked(r#"{"live":"{ \"a\": 1 }"}"#), r#"{"live":"{ \"a\": 1 }"}"#);
    assert_eq!(
        masked(" { \"a\" : [ ] , \"b\" : { } , \"c\\n\" : [ 1.50 , -2, null ] } "),
        "{\"a\":[],\"b\":{},\"c\\n\":[1.5,-2,null]}"
    );
    assert_eq!(masked("{\"a\":\"x\u{202e}y\\u0000\"}"), r#"{"a":"xy"}"#);
    for broken in ["", "{", r#"{"a":1}}"#, r#"{"value":tru}"#] {
        assert!(mask::json(broken).is_err(), "{broken}");
    }
    for deep in ["[".repeat(10_000), "{\"value\":".repeat(10_000)] {
        assert!(mask::json(&deep).is_err());
    }
}

#[test]
fn what_is_passed_without_a_look_could_not_be_a_credential() {
    let masked = |text: &str| mask::text(text) != text;
    // The shortest of each kind, and those of small letters alone.
    for credential in [
        "basic 1234567x",
        "Bearer 1234567x",
        "eyJabcdef.abcd",
        "key=abcd",
        "password: abcd",
        "--key abcd",
        "a://:b@c",
        "glpat-abcdefghijklmnop",
        "gldt-0123456789abcdef",
        "xoxb-1234567890",
        "ya29.abcdefghijklmnopqrst",
        "hvs.abcdefghijklmnopqrst",
        "AKIAABCDEFGHIJKLMNOP",
        "ghp_abcdefghijklmnopqrst",
        "npm_abcdefghijklmnopqrstuvwxyz0123456789",
        "dckr_pat_abcdefghijklmnopqrst",
        "hooks.slack.com/services/abcdefghijklmnopqrst",
        "sk-Aabcdefghijkl",
        "github_pat_abcdefghijklmnopqrst",
        "pypi-AgEabcdefghijklmnopqrst",
        "ASIAABCDEFGHIJKLMNOP",
        "AIzaabcdefghijklmnopqrstuvwxyz012345678",
        "abc1Q~abcdefghijklmnopqrstuvwxyz01234",
        "dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "rk_test_abcdefghijklmnop",
        "SG.abcdefghijklmnop.abcdefghijklmnop",
        "hf_abcdefghijklmnopqrstuvwxyz0123",
        "-----BEGIN PRIVATE KEY-----MIIEvQIBADANBgkqhkiG",
        "https://abcdefghijklmnop@git.example",
        "BASIC 1234567X",
    ] {
        assert!(masked(credential), "{credential}");
    }
    for name in [
        "Deployment",
        "checkout-api",
        "argoproj.io",
        "0123456789abcdef0123456789abcdef01234567",
        "v1.2.3",
        "kubernetes.default.svc",
    ] {
        assert!(!masked(name), "{name}");
    }
}
