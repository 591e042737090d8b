//! Credentials in YAML within a text: masked in place, and nothing else is touched.

use argocd_mcp::view::mask;
use serde_json::{Value, json};

use crate::mask::unmarked;

/// A text inside of JSON, masked.
fn masked(text: &str) -> String {
    let masked: Value = mask::json(&json!({ "file": text }).to_string()).unwrap().parse().unwrap();
    unmarked(masked["file"].as_str().unwrap())
}

/// A credential that no rule knows by itself.
const SECRET: &str = "Zq7hunter22";

#[test]
fn what_is_no_credential_stays_as_it_is_written() {
    let around = "# of the shop\ntag: 1.10 # now\nsha: 12345e7\nmode: 0644\nhex: 0x1F\nd: 1_000\nx: ~\nn: .nan\n\
                  b: |\n  use *bold* text\n\n  end\nanchor: &a {k: [1, 2]}\nagain: *a\nq: 'it''s'\n";
    for (hidden, shown) in [
        ("credentials:\n  foo: Zq7hunter22 # old\n", "credentials:\n  foo: «» # old\n"),
        ("credentials:\n  foo: \"Zq7hunter22\"\n", "credentials:\n  foo: \"«»\"\n"),
        ("credentials:\n  foo: 'Zq7hunter22'\n", "credentials:\n  foo: '«»'\n"),
        ("credentials: {foo: Zq7hunter22, bar: [Zq7hunter22]}\n", "credentials: {foo: «», bar: [«»]}\n"),
        ("credentials:\n  foo: |-\n    Zq7hunter22\n    more\n\n", "credentials:\n  foo: |-\n    «»\n\n"),
        ("credentials:\n  foo: >\n    Zq7hunter22\n    more\n", "credentials:\n  foo: >\n    «»\n"),
        ("a: |\n  credentials:\n    foo: Zq7hunter22\n  b: c\n", "a: |\n  credentials:\n    foo: «»\n  b: c\n"),
    ] {
        assert_eq!(masked(&format!("{around}{hidden}")), format!("{around}{shown}"));
        assert_eq!(masked(&format!("{hidden}{around}")), format!("{shown}{around}"));
        let two = format!("{around}---\n{hidden}---\n{around}");
        assert_eq!(masked(&two), two.replace(hidden, shown));
    }
}

#[test]
fn whatever_yaml_knows_beside_it_a_credential_is_masked() {
    for beside in [
        "a: 1\na: 2",
        "n: .nan",
        "n: 1e999",
        "~: e",
        "? [a, b]\n: c",
        "? {a: b}\n: [c]",
        "c: &c.d {x: y}\nd: *c.d\ne: \"a *b c\"",
        "c: &é x\nd: *é",
        "c: &a/b x\nd: *a/b",
        "d: *unknown",
        "*unknown : x",
        "x: !custom {a: b}",
        "\"quoted one\": 'x'",
    ] {
        for part in [
            "credentials:\n  foo: Zq7hunter22",
            "args: [--password, Zq7hunter22]",
            "env: [{name: DB_PASSWORD, value: Zq7hunter22}]",
            "kind: Secret\nstringData: {foo: Zq7hunter22}",
            "parameters:\n- {name: 'env[0].name', value: DB_PASSWORD}\n- {name: 'env[0].value', value: Zq7hunter22}",
            "patches: [{patch: \"- op: replace\\n  path: /data/foo\\n  value: Zq7hunter22\", target: {kind: Secret}}]",
        ] {
            let shown = masked(&format!("{beside}\n{part}\n"));
            assert!(!shown.contains(SECRET) && shown.starts_with(beside), "{shown}");
        }
    }
    for line in [
        "env: [{name: DB_PASSWORD, value: Zq7hunter22}]",
        "args: [--password, Zq7hunter22]",
        "{kind: Secret, stringData: {foo: Zq7hunter22}}",
        "credentials: {foo: Zq7hunter22}",
        "--- |\n credentials:\n   foo: Zq7hunter22",
    ] {
        assert!(!masked(line).contains(SECRET), "{}", masked(line));
    }
}

#[test]
fn what_an_alias_hides_is_hidden_where_it_is_defined() {
    for text in [
        "x-common: &pw Zq7hunter22\ndb:\n  password: *pw\n",
        "x-values: &d\n  foo: Zq7hunter22\n  more: [Zq7hunter22]\nkind: Secret\nstringData: *d\n",
        "x: &x {y: &y {z: Zq7hunter22}}\na: &a {b: *y}\ncredentials: *a\n",
        "x: &pw Zq7hunter22\nargs: [--password, *pw]\n",
        "x: &long Zq7hunter22-LONG\ndb:\n  password: *long\n",
    ] {
        let text = text.replace("LONG", &"a1".repeat(100));
        let shown = masked(&text);
        assert!(!shown.contains(SECRET) && shown.contains('*') | text.contains("&long"), "{shown}");
    }
    let harmless = "x: &x {y: z}\nlabels: *x\ncredentials:\n  foo: «»\n";
    assert_eq!(masked(&harmless.replace("«»", SECRET)), harmless);
}

#[test]
fn values_below_their_names_in_a_template_are_masked() {
    let template = |part: &str| format!("{{{{- if .x }}}}\n{part}\n{{{{- end }}}}\nauth: x");
    for part in [
        "password: {{ .x | default \"Zq7hunter22\" }}",
        "password: {{ default `Zq7hunter22` .x }}",
        "password: {{ .x }}-Zq7hunter22",
        "- name: DB_PASSWORD\n  value: |\n    Zq7hunter22",
        "- value: Zq7hunter22\n  name: DB_PASSWORD",
        "password: |\n  first line\n  Zq7hunter22",
        "password: # c\n  Zq7hunter22",
        "\"password\" :\n  Zq7hunter22",
        "passwords:\n- a\n- Zq7hunter22",
        "  - passwords:\n    - a\n    - Zq7hunter22",
        "credentials:\n  foo: Zq7hunter22",
        "credentials:\n  foo:\n    bar: Zq7hunter22",
        "args:\n- --password\n- Zq7hunter22",
        "-   kind: Secret\n    data:\n      foo: Zq7hunter22",
        "kind: Secret {{- /* c */}}\ndata:\n  foo: Zq7hunter22",
        "kind: Secret\n  data:\n    foo: Zq7hunter22",
        "  kind: Secret\ndata:\n  foo: Zq7hunter22",
        "kind: SecretList\nitems:\n- data:\n    foo: Zq7hunter22",
        "kind: Secret\ndata:\n  foo: |\n-----BEGIN FOO-----\nZq7hunter22",
        "{\n\"kind\": \"Secret\",\n\"data\": {\n\"type\": \"Zq7hunter22\",\n\"x\": \"Zq7hunter22\",\n}}",
    ] {
        assert!(!masked(&template(part)).contains(SECRET), "{}", masked(&template(part)));
    }
    for shown in [
        "password: {{ .Values.password | quote }}",
        "password: # where it is\n  {{ .Values.password }}\nport: 80",
        "credentials:\n  secretName: shop-tls\n  namespace: shop1\nreplicas: 3",
        "secrets:\n  - shop-registry\nport: 8080",
        "- name: LEVEL\n  value: |\n    debug1234",
    ] {
        assert_eq!(masked(&template(shown)), template(shown));
    }
}

#[test]
fn logs_and_xml_hide_what_stands_beside_a_name() {
    for line in [
        "I0101 ] {\"a\":1} then {\"kind\":\"Secret\",\"data\":{\"foo\":\"Zq7hunter22\"}} done",
        "args: [{\"name\":\"DB_PASSWORD\",\"value\":\"Zq7hunter22\"}] {} end",
        "<entry key=\"password\">Zq7hunter22</entry>",
        "<string name=\"password\">Zq7hunter22</string>",
        "<password value=\"Zq7hunter22\"/>",
        "<password><![CDATA[Zq7hunter22]]></password>",
        "password=\"Zq7hunter22 eyJhbGciOi.eyJzdWIiOi.x\"",
        "password: Zq7hunter22\u{bb}",
    ] {
        assert!(!mask::text(line).contains(SECRET), "{}", mask::text(line));
    }
    assert_eq!(unmarked(&mask::text("<entry key=\"password\">abcd1</entry>")), "<entry key=\"password\">«»</entry>");
    let mut lines =
        ["kind: Secret", "stringData:", "  license: Zq7hunter22", "ready", "level: shown"].map(str::to_owned);
    mask::lines(lines.iter_mut().map(|line| ("web-1", line)));
    assert_eq!(
        lines.map(|line| unmarked(&line)),
        ["kind: Secret", "stringData:", "  license: «»", "ready", "level: shown"]
    );
}

#[test]
fn what_stands_before_a_value_hides_it_from_nobody() {
    for (text, expected) in [
        ("password: &p Zq7hunter22", "password: &p «»"),
        ("password: &p \"Zq7hunter22\"\n", "password: &p \"«»\"\n"),
        ("password: !!str Zq7hunter22", "password: !!str «»"),
        (
            "{{ if .x }}\npassword: &z Zq7hunter22\ntoken: !!str Zq7hunter22\n{{ end }}",
            "{{ if .x }}\npassword: &z «»\ntoken: !!str «»\n{{ end }}",
        ),
        ("a: 1\ndb_password: !vault \"Zq7hunter22\"\n", "a: 1\ndb_password: !vault \"«»\"\n"),
        ("a: 1\npasswords: [\"Zq7hunter22\", \"Zq7hunter22\"]\n", "a: 1\npasswords: [\"«»\", \"«»\"]\n"),
        (
            "a = 1\npassword = \"\"\"\nZq7hunter22\nZq7hunter22\"\"\"\nb = 2",
            "a = 1\npassword = \"\"\"\n«»\"\"\"\nb = 2",
        ),
        ("a = 1\ntoken = '''Zq7hunter22'''\n", "a = 1\ntoken = '''«»'''\n"),
        ("a = 1\napi_keys = [\n  \"Zq7hunter22\",\n  \"Zq7hunter22\",\n]\n", "a = 1\napi_keys = [\n  \"«»\",\n]\n"),
    ] {
        assert_eq!(masked(text), expected);
    }
    let long = format!("password: &p {}", "k9!4".repeat(300));
    assert_eq!(masked(&long), "password: &p «»");
    let manifest =
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nspec:\n  secretKeys: [db-user, db-word9]\n";
    assert_eq!(masked(manifest), manifest);
}

#[test]
fn images_hashes_and_addresses_are_shown() {
    let digest = "0a".repeat(32);
    for shown in [
        "token-svc=registry.example/token-svc:1.2.3".to_owned(),
        format!("auth-token=registry.example:5000/a/auth-token@sha256:{digest}"),
        "https://contoso-engineering@dev.azure.com/contoso/_git/deploy".to_owned(),
        "ssh://git@github.com:org/repo@v1.2".to_owned(),
        "mongodb://h1:27017,h2:27017/db?x=a@b".to_owned(),
        format!("secret-hash: {digest}"),
        format!("config.token.hash: {digest}"),
        format!("secrets.sha256: {digest}"),
    ] {
        assert_eq!(mask::text(&shown), shown);
    }
    for hidden in [format!("password_hash: {digest}"), format!("auth-token={digest}")] {
        assert!(mask::text(&hidden).contains("\u{ab}masked"), "{hidden}");
    }
}

#[test]
fn hostile_yaml_takes_no_longer_than_its_text() {
    let many = |part: &str| part.repeat((1 << 18) / part.len());
    for text in [
        format!("{{{{ x\n{}{}", many("kind: Secret\n"), many("  data:\n")),
        format!("password: x\na: {}", many("[")),
        format!("password: x\n{}", many("? ")),
        format!("password: x\n{}", many("- ")),
        format!("password: x\na: {}", many("{a: ")),
        format!("password: &a x\n{}", many("- *a\n")),
        format!("password: x\n{}", many("&a ")),
        format!("password: {{{{ x\n{}", many("tokens:\n- ")),
        format!("log {}", many("{\"a\":[")),
        format!("log {}", many("[1] {")),
    ] {
        masked(&text);
    }
}
