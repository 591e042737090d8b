//! Credentials that go over several lines of a log.

use argocd_mcp::view::mask;
use serde_json::{Value, json};

use crate::{logs::logs, mask::unmarked};

/// The lines of one writer, masked.
fn masked(lines: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    mask::lines(lines.iter_mut().map(|line| ("web-1", line)));
    lines.iter().map(|line| unmarked(line)).collect()
}

const BEGIN: &str = "-----BEGIN RSA PRIVATE KEY-----";
const END: &str = "-----END RSA PRIVATE KEY-----";
const BODY: &str = "MIIEowIBAAKCAQEAwJ8cVQk1Zk9xv3Yw7dFhQ2m6LrTgNpBsUoXiAeKyHjCfGzDl";

#[test]
fn a_private_key_in_a_log_is_masked_to_its_end() {
    let lines = [
        ("web-1", "loading key"),
        ("web-1", BEGIN),
        ("web-2", "ready"),
        ("web-1", BODY),
        ("web-2", "c2VydmVk"),
        ("web-1", "c2VjcmV0Ym9keQ=="),
        ("web-1", END),
        ("web-1", "done"),
    ];
    let lines = lines.map(|(pod, text)| (pod, "2026-11-22T10:00:00Z", text));
    for more in [json!({}), json!({ "fold": false }), json!({ "output": "json" }), json!({ "output": "raw" })] {
        let shown = logs(&lines, more);
        assert!(!["MIIE", "c2VjcmV0", "PRIVATE"].iter().any(|part| shown.contains(part)), "{shown}");
        assert!(["loading key", "done", "ready", "c2VydmVk"].iter().all(|part| shown.contains(part)), "{shown}");
    }
    assert!(logs(&lines, json!({})).contains("\u{bb} (\u{d7}4)\ndone"), "one mark for one key");
}

#[test]
fn a_key_is_known_behind_what_a_logger_writes_and_without_its_begin_or_end() {
    let with = |before: &str, after: &str| {
        let lines = [BEGIN, BODY, "c2Vj==", END].map(|line| format!("{before}{line}{after}"));
        masked(&[&["start"], lines.each_ref().map(String::as_str).as_slice(), &["go on"]].concat())
    };
    for (before, after) in [("", ""), ("  ", ""), ("12:00:01 INFO ", ""), ("\"", "\\n\" +"), ("{\"msg\":\"", "\"}")] {
        let lines = with(before, after);
        assert_eq!((lines[0].as_str(), lines[5].as_str()), ("start", "go on"));
        assert_eq!((lines[1].clone(), lines[4].clone()), (format!("{before}«»"), format!("«»{after}")));
        assert_eq!(lines[2..4], ["«»", "«»"]);
    }
    // The first lines, or the last ones, were not sent.
    assert_eq!(masked(&["at 12:00", BODY, "c2Vj==", END, "go on"]), ["at 12:00", "«»", "«»", "«»", "go on"]);
    assert_eq!(
        masked(&[BEGIN, "Proc-Type: 4,ENCRYPTED", "", BODY, "c2Vj", "go on", BODY]),
        ["«»", "«»", "«»", "«»", "«»", "go on", BODY]
    );
    let long = [&[BEGIN][..], &["Word"; 300]].concat();
    assert_eq!(masked(&long).iter().filter(|line| *line == "Word").count(), 100);
    let far = [&[BEGIN, BODY, "it stopped"][..], &["a log goes on"; 300], &[END]].concat();
    assert_eq!(masked(&far).iter().filter(|line| *line == "a log goes on").count(), 300);
    // What begins and ends in one line, and a certificate, say nothing of the next line.
    let whole = format!("{BEGIN}{BODY}{END}");
    let lines = [whole.as_str(), "word", "-----BEGIN CERTIFICATE-----", BODY, "-----END CERTIFICATE-----"];
    assert_eq!(masked(&lines), lines);
    assert_eq!(
        masked(&["-----BEGIN PGP PRIVATE KEY BLOCK-----", BODY, "-----END PGP PRIVATE KEY BLOCK-----", "word"]),
        ["«»", "«»", "«»", "word"]
    );
}

#[test]
fn a_value_in_the_line_below_its_name_is_masked() {
    for (name, value, expected) in [
        ("- name: DB_PASSWORD", "  value: abcd1234", "  value: «»"),
        ("\"name\": \"DB_PASSWORD\",", "\"value\": \"abcd1234\"", "\"value\": \"«»\""),
        ("  password:", "    abcd1234", "    «»"),
        ("  password: >-", "    abcd", "    «»"),
        ("\"password\":", "  \"abcd1234\",", "  \"«»\","),
        ("tokens:", "- abcd1234", "- «»"),
        ("- name: LEVEL", "  value: debug123", "  value: debug123"),
        ("password:", "port: 80", "port: 80"),
        ("  secret:", "    secretName: shop-tls1", "    secretName: shop-tls1"),
        ("invalid token:", "    expired123", "    expired123"),
        ("token:", "  expired", "  expired"),
        ("password:", "abcd1234", "«»"),
        ("password:", "abcdefgh", "abcdefgh"),
    ] {
        assert_eq!(masked(&[name, value]), [name, expected]);
    }
    let lines = [("web-1", "- name: DB_PASSWORD"), ("web-2", "ready"), ("web-1", "  value: abcd1234")];
    let lines = lines.map(|(pod, text)| (pod, "2026-11-22T10:00:00Z", text));
    for output in ["text", "json", "raw"] {
        let shown = logs(&lines, json!({ "output": output }));
        assert!(shown.contains("value: \u{ab}") && !shown.contains("abcd1234"), "{shown}");
    }
}

/// A text inside of JSON, masked.
fn in_json(text: &str) -> String {
    let masked: Value = mask::json(&json!({ "file": text }).to_string()).unwrap().parse().unwrap();
    unmarked(masked["file"].as_str().unwrap())
}

#[test]
fn a_long_value_is_masked_to_its_end_and_many_take_no_longer_than_their_text() {
    let long = "a1b2c3d4".repeat(1000);
    assert_eq!(unmarked(&mask::text(&format!("token={long} next"))), "token=«» next");
    // What may follow a value does not end a long one.
    for end in [")", ",", "&", "]", ";;,,"] {
        let long = format!("{}{end}Zq7hunterVx9Lm", "k9!4".repeat(128));
        let long = long.get(long.len() - 512 - 14..).unwrap();
        assert!(!mask::text(&format!("SECRET_KEY={long}")).contains("Zq7"), "{end}");
    }
    // No value ends before the text does, and none is a credential.
    for text in ["token=$(", "token=arn:aws", "password=%(ENV_"] {
        let text = text.repeat((1 << 19) / text.len());
        assert_eq!(mask::text(&text), text);
    }
}

#[test]
fn aliases_hide_no_secret_and_make_no_gigabytes() {
    let secret = "labels: &c\n  app: x\nkind: Secret\nmetadata:\n  labels: *c\nstringData:\n  plain: hunter2hunter\n";
    let masked = in_json(secret);
    assert!(!masked.contains("hunter2") && masked.contains("plain: «»"), "{masked}");
    for part in [
        "args:\n- --password\n- Zq7hunter",
        "env:\n- {name: DB_PASSWORD, value: Zq7hunter}",
        "env:\n- name: DB_PASSWORD\n  value: |\n    Zq7hunter",
        "redis: {password: {value: Zq7hunter}}",
        "password: &p Zq7hunter\nb: *p",
        "ops:\n- op: replace\n  path: /data/DB_PASSWORD\n  value: Zq7hunter",
    ] {
        for alias in ["common: &c {team: a}\nlabels: *c", "base: &c {team: a}\nweb:\n  <<: *c\n  x: [*c,*c]"] {
            let masked = in_json(&format!("{alias}\n{part}\n"));
            assert!(!masked.contains("Zq7"), "{masked}");
        }
    }
    let inner = format!("password: foo1bar2x\na: &a |\n  {}\nb: [{}]\n", "y".repeat(50_000), "*a, ".repeat(99));
    assert!(in_json(&inner).len() < 2 * inner.len());
    let mut bomb = String::from("password: x\na0:  &l0 [x,  x]\n");
    for level in 1..30 {
        bomb += &format!("a{level}:  &l{level} [  *l{},  *l{}]\n", level - 1, level - 1);
    }
    let masked = in_json(&bomb);
    assert!(masked.starts_with("password: «»") && masked.len() < 2 * bomb.len(), "{masked}");
}

#[test]
fn a_secret_that_no_parser_reads_is_masked() {
    for unread in [
        "{{ if .Values.db }}\nkind: Secret\nstringData:\n  plain: hunter2hunter\n  other: {{ .Values.other }}\n{{ end }}\ntype: Opaque",
        "kind: \"Secret\"\nstringData:\n\tplain: hunter2hunter\n  other: {{ .Values.other }}\ntype: Opaque",
        "kind: Secret\nstringData:\n  plain: |\n    hunter2hunter\n  plain: plain\n  other: {{ .Values.other }}\ntype: Opaque",
    ] {
        let masked = in_json(unread);
        assert!(!masked.contains("hunter2") && masked.contains("plain: "), "{masked}");
        assert!(masked.contains("{{ .Values.other }}") && masked.contains("type: Opaque"), "{masked}");
    }
    for shape in [
        "kind: Secret # x\nstringData: # y\n  foo: Zq7hunter",
        "kind: !!str Secret\nstringData: {foo: Zq7hunter}",
        "kind: {{ .x | default \"Secret\" }}\nstringData:\n  foo: Zq7hunter",
        "- kind: Secret\n  'stringData':\n    foo: Zq7hunter",
        "{ \"apiVersion\": \"v1\", \"kind\": \"Secret\",\n\"stringData\":\n{\n\"foo\": \"Zq7hunter\",\n}}",
        "{\"kind\":\"Secret\",\"stringData\":{\"foo\":\"Zq7hunter\",}}",
        "kind: Secret\nstringData: &d\n  foo: {{ .x | default \"Zq7hunter\" }}",
        "kind: Secret\nstringData:\n  foo: {{ .x }}Zq7hunter\n  {{ .k }}: Zq7hunter",
        "kind: Secret\nstringData:\n  foo: Zq7hunter password=abcd1234",
        "kind: Secret\nstringData:\n  foo: |\n    #Zq7hunter\n    Zq7hunter: abc\n    Zq7hunter:",
        "kind: Secret\nstringData:\n  foo: \"abc\nZq7hunter\"",
        "kind: Secret\nstringData:\n  ca.crt: |\n    -----BEGIN CERTIFICATE-----\n    MIIB\n    -----END CERTIFICATE-----\n  license: Zq7hunter",
        "kind: Secret\nstringData:\n  type: git\n  id: Zq7hunter",
        "kind: Secret\nstringData:\n  kubeconfig: |\n    apiVersion: v1\n    kind: Config\n    Zq7hunter\n  other: Zq7hunter",
        "kind: Secret\nstringData:\n  type: Zq7hunter\n  x: {{ .x | default 'Zq7hunter' }}\n  y: {{/* Zq7hunter */}}",
        "kind: Secret\nstringData:\n  dsn: user=bob license=Zq7hunter password=abcd1234",
    ] {
        let text = format!("{{{{- if .x }}}}\n{shape}\n{{{{- end }}}}\nauth: x");
        assert!(!in_json(&text).contains("Zq7hunter"), "{text}\n{}", in_json(&text));
    }
    for shown in [
        "kind: Secret\nstringData:\n  foo: {{ .x }}\n---\nkind: ConfigMap\ndata:\n  nginx.conf: |\n    listen: shown",
        "valuesFrom:\n- kind: Secret\n  name: x\nvalues:\n  dirs:\n    data:\n      dir: shown\n  replicas: shown",
        "# makes a kind: Secret too\nspec:\n  data: shown\n  image: shown",
        "kind: Secret\ndata:\n  foo: {{ .x | b64enc | nindent 4 }}\nspec:\n  image: shown",
    ] {
        let text = format!("{{{{- if .y }}}}\n{shown}\n{{{{- end }}}}\nauth: x");
        assert_eq!(in_json(&text), text);
    }
    let other = "{{ if .x }}\nkind: ConfigMap\ndata:\n  level: debug-level\n{{ end }}\nauth: a";
    assert_eq!(in_json(other), other);
}

#[test]
fn tokens_as_users_and_values_of_patches_are_masked() {
    let token = "0123456789abcdef0123456789abcdef01234567";
    for (text, masked) in [
        (format!("https://{token}:x-oauth-basic@github.com/a/b.git"), "https://«»:x-oauth-basic@github.com/a/b.git"),
        (format!("https://{token}:@github.com/a/b.git"), "https://«»:@github.com/a/b.git"),
        ("https://git:tr0ub4dor@github.com/a/b.git".to_owned(), "https://git:«»@github.com/a/b.git"),
    ] {
        assert_eq!(unmarked(&mask::text(&text)), masked);
    }
    let masked = |value: Value| mask::json(&value.to_string()).unwrap();
    let patch = |path: &str| masked(json!([{ "op": "replace", "path": path, "value": "hunter2hunter" }]));
    for path in ["/data/password", "/stringData/foo", "/spec/env/DB_PASSWORD/value"] {
        assert!(!patch(path).contains("hunter2"), "{path}");
    }
    for path in ["/data/level", "/spec/affinity/key"] {
        assert!(patch(path).contains("hunter2"), "{path}");
    }
    let whole = json!({ "op": "add", "path": "/stringData", "value": { "foo": "hunter2hunter" } });
    assert!(!masked(whole).contains("hunter2"));
    let named = json!({ "path": "/app", "key": "DB_PASSWORD", "value": "hunter2hunter" });
    assert!(!masked(named).contains("hunter2"));
    let many = format!(r#"[{{"op":"add","path":"{}"{}}}]"#, "/a".repeat(20_000), r#","value":1"#.repeat(20_000));
    assert_eq!(mask::json(&many).unwrap(), many);
    let sealed = json!({ "kind": "Secret", "stringData": { "dsn": "license=Zq7hunter password=abcd1234" } });
    assert!(!masked(sealed).contains("Zq7"));
    let others = json!([
        { "op": "replace", "path": "/spec/volumes/0/secret/items/0/path", "value": "app1conf" },
        { "op": "add", "path": "/spec/secret", "value": { "secretName": "foo", "items": [{ "key": "a", "path": "b" }] } },
        { "path": "/secrets", "array": ["blue"] },
        { "path": "secret/data/token", "value": "field" },
    ]);
    assert_eq!(masked(others.clone()), others.to_string());
}
