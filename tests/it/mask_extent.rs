//! How far a credential goes that stands without quotes, and how much work the odd ones are.

use argocd_mcp::view::mask;
use serde_json::{Value, json};

use crate::mask::unmarked;

#[test]
fn a_password_goes_to_its_end_whatever_is_in_it() {
    for (text, masked) in [
        ("password: Tr0ub4dor&3xyz", "password: «»"),
        ("db.password=kD(9Kd72mXqL", "db.password=«»"),
        ("DB_PASSWORD=hJ2{Zq7c21Kx9}", "DB_PASSWORD=«»"),
        ("password=a,Zq7c21Kx9 next", "password=«» next"),
        ("password=a;Zq7c21Kx9", "password=«»"),
        ("password=a&Zq7c21Kx9", "password=«»"),
        ("password={noop}secret", "password=«»"),
        ("password=on;Zq7c21Kx9", "password=«»"),
        ("password: ${DB_PASSWORD:hunter22}", "password: «»"),
        ("2026 INFO {\"password\":{\"value\":\"Zq7c21Kx9\"}} done", "2026 INFO {\"password\":{\"value\":\"«»\"}} done"),
        ("curl -u admin:«masked 12af» https://x", "curl -u admin:«» https://x"),
        ("password: {SSHA}c2VjcmV0", "password: «»"),
        ("password: [\"Zq7c21Kx9\"]", "password: [\"«»\"]"),
        ("tokens = ['Zq7c21Kx9', 'Zq7c22Kx9']", "tokens = ['«»']"),
        ("{'password': b'Zq7c21Kx9', 'a': u'b'}", "{'password': b'«»', 'a': u'b'}"),
        ("password = \"\"\"Zq7c21Kx9\"\"\"", "password = \"\"\"«»\"\"\""),
        ("password: Some(\"Zq7c03Kx9\")", "password: Some(\"«»\")"),
        ("password: Optional[Zq7c03Kx9]", "password: «»"),
        ("PRIVATE-TOKEN:Zq7c03Kx9", "PRIVATE-TOKEN:«»"),
        // What follows it, and what it stands in, is shown.
        ("user=a,password=abcd,host=db", "user=a,password=«»,host=db"),
        ("Password=abcd;Server=db;", "Password=«»;Server=db;"),
        ("/login?token=abcd1234&user=a", "/login?token=«»&user=a"),
        ("(password=abcd): failed", "(password=«»): failed"),
        ("{user=x, password=abcd}", "{user=x, password=«»}"),
        ("login(password=abcd).", "login(password=«»)."),
        ("password=abcd;", "password=«»;"),
        // A mark that comes next says nothing of what stands before it.
        ("DB_PASSWORD=Zq7c02Kx9 eyJhbGciOi.eyJzdWIi.x", "DB_PASSWORD=«» «»"),
        ("api_token=Zq7c01Kx9aa ghp_abcdefghijklmnopqrst", "api_token=«» «»"),
        ("authorization: Bearer abcd1234x", "authorization: Bearer «»"),
    ] {
        assert_eq!(unmarked(&mask::text(text)), masked);
    }
    for shown in [
        "token=<none>",
        "password: (none)",
        "key: []",
        "secrets: [\"db-creds1\", \"tls1\"]",
        "secrets=db,tls",
        "password=true,next",
        "db0:keys=1024,expires=12",
        "tests pass=1234 fail=0",
        "key=orders/2024/11/22 partition=3",
        "lock key=leader-election-1234 is held",
        "key=node.kubernetes.io/not-ready effect=NoExecute",
        "credential=arn:aws:iam::123456789012:role/shop",
        "cached_tokens=123456",
        "PASSWORD=$(cat /run/secrets/db)",
        "TOKEN=$(curl -s -X POST https://idp/token)",
        "password2=${DB_PASSWORD:}",
        "client-secret=${CLIENT_SECRET:none}",
        "password = $__file{/etc/secrets/x}",
        "token: ${env:OTLP_TOKEN}",
        "password=$DB_PASSWORD",
        "PASS=%(ENV_DB_PASSWORD)s",
        "TOKEN = os.getenv(\"TOKEN\",\"\")",
        "{\"name\":\"token-refresh\",\"value\":12.5,\"unit\":\"ms\"}",
        "{\"tokens\":{\"prompt\":120,\"completion\":30},\"pass\":12,\"fail\":0}",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
}

#[test]
fn files_in_a_text_are_masked_to_the_end_of_their_lines() {
    for (file, masked) in [
        (
            "a: b\npassword: Tr0ub4dor&3xyz\nother_password: correct horse battery\n",
            "a: b\npassword: «»\nother_password: «»\n",
        ),
        ("a=b\ndb.password=correct horse battery\nc=d", "a=b\ndb.password=«»\nc=d"),
        ("a: {{ .b }}\ndb_password: correct horse battery\n", "a: {{ .b }}\ndb_password: «»\n"),
        ("a=b\npassword=abcd user=x", "a=b\npassword=«» user=x"),
        ("a: {{ .b }}\npassword:\n  Zq7leak\n", "a: {{ .b }}\npassword:\n  «»\n"),
        ("a: &x {b: c}\nd: *x\npassword: |\n  Zq7leak", "a: &x {b: c}\nd: *x\npassword: |\n  «»"),
        (
            "# note\npath: /x # keep\nkey: \"\\r\\n\"\nmode: 0644\n",
            "# note\npath: /x # keep\nkey: \"\\r\\n\"\nmode: 0644\n",
        ),
        ("a=b\nlabel.token = The token of your request", "a=b\nlabel.token = The token of your request"),
        ("a=b\npassword=abcd # old", "a=b\npassword=«» # old"),
    ] {
        let said = mask::json(&json!({ "file": file }).to_string()).unwrap();
        assert_eq!(unmarked(&said), json!({ "file": masked }).to_string());
    }
}

#[test]
fn urls_hide_their_passwords_in_every_form() {
    for (url, masked) in [
        ("postgres://app@srv:pw12@srv.example/db", "postgres://app@srv:«»@srv.example/db"),
        ("postgres://app:pa/ss@db/x", "postgres://app:«»@db/x"),
        ("HTTPS://user:pw@host", "HTTPS://user:«»@host"),
    ] {
        assert_eq!(unmarked(&mask::text(url)), masked);
    }
    for shown in ["http://host:8080/a@b", "http://[::1]:80/a@b", "https://example.com/@user/x:1"] {
        assert_eq!(mask::text(shown), shown);
    }
}

#[test]
fn what_is_invisible_hides_no_name_and_keys_are_looked_at_too() {
    let value = json!({ "annotations": {
        "a": "\u{1b}[31mpassword\u{1b}[0m=Zq7f2aKx9", "b": "pass\u{200b}word: Zq7f2bKx9", "c\u{202e}d\u{e0041}": "e",
        "https://u:Zq7crkeyKx9@r.example": 1,
    }});
    assert_eq!(
        unmarked(&mask::json(&value.to_string()).unwrap()),
        json!({ "annotations": { "a": "password=«»", "b": "password: «»", "cd": "e", "https://u:«»@r.example": 1 } })
            .to_string()
    );
}

#[test]
fn json_in_a_line_is_masked_as_such() {
    for (line, masked) in [
        (r#"{"headers":{"X-Api-Key":["Zq7b23Kx9zz"]}}"#, r#"{"headers":{"X-Api-Key":["«»"]}}"#),
        (r#"{"password":{"value":"Zq7b22Kx9"}}"#, r#"{"password":{"value":"«»"}}"#),
        (r#"{ "level": "info", "a": 1 }"#, r#"{ "level": "info", "a": 1 }"#),
    ] {
        assert_eq!(unmarked(&mask::text(line)), masked);
    }
    assert_eq!(unmarked(&mask::json(r#"{"adminPassword":998877665544}"#).unwrap()), r#"{"adminPassword":"«»"}"#);
}

#[test]
fn many_names_in_one_line_take_no_longer_than_the_line() {
    for piece in
        ["token=a,", "pass=true&", "key=a,", "password: x; ", "secret='a ", "pwd=[\"a", "db_token=a=", "key key=\"a"]
    {
        let text = format!("a: b\n{}", piece.repeat(40_000 / piece.len()));
        mask::text(&text);
        mask::json(&json!({ "text": text, "token": text }).to_string()).unwrap();
    }
    let long = format!("password={} after", "x".repeat(5000));
    assert_eq!(unmarked(&mask::text(&long)), "password=«» after");
}

#[test]
fn names_of_every_script_are_names() {
    for name in ["Größe", "東京", "メニュー", "理由", "é", "ß4", "ключ"] {
        let value = json!({ "params": [{ "name": name, "value": "12" }], "data": { name: { name: "x" } }, "values": { name: 1 } });
        assert_eq!(mask::json(&value.to_string()).unwrap(), value.to_string());
        for line in [
            format!("{{\"dims\":[{{\"key\":\"{name}\",\"value\":\"12\"}}]}}"),
            format!("{name}=12 {name}: \"{name}\" --{name} {name}"),
        ] {
            assert_eq!(mask::text(&line), line);
        }
    }
    proptest::proptest!(|(name in ".{0,12}", value in ".{0,40}", sign in "[=: ]{0,3}")| {
        let object = json!({ "env": [{ "name": name, "value": value }], name.as_str(): value, "data": { name.as_str(): value } });
        mask::json(&object.to_string()).unwrap();
        mask::text(&format!("{name}{sign}{value}"));
        mask::text(&format!("password{sign}{value}"));
    });
}

/// Values that wait for the end of their object are in each other: read twice each, these would not end.
#[test]
fn nested_values_are_read_once() {
    for name in ["auth", "x", "DB_PASSWORD", "BASIC_AUTH"] {
        let nested = |depth: usize| {
            (0..depth).fold(
                Value::from("abcd1234"),
                |inner, _| json!({ "name": name, "value": inner, "data": 1, "kind": "x" }),
            )
        };
        mask::json(&nested(100).to_string()).unwrap();
        mask::text(
            &(0..6).fold(nested(40).to_string(), |inner, _| json!({ "name": name, "value": inner }).to_string()),
        );
    }
}

/// What an answer shows of a text as text, and as JSON, which may mask what is masked already.
#[test]
fn a_text_is_the_same_in_text_and_in_json_and_masked_once() {
    for (text, shown) in [
        ("DB_CREDS=Tr0ub4dor3:ghp_abcdefghijklmnopqrstuv x", "DB_CREDS=«»:«» x"),
        (
            "x {\"url\":\"postgres://a:hunter22@db\",\"m\":\"password: abcd1234\"}",
            "x {\"url\":\"postgres://a:«»@db\",\"m\":\"password: «»\"}",
        ),
        ("é{\"a\":\":password: hunter22\"}", "é{\"a\":\":password: «»\"}"),
        ("DB_PASSWORD=Zq7c02Kx9 eyJhbGciOi.eyJzdWIi.x", "DB_PASSWORD=«» «»"),
        ("S3_CREDENTIALS=AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG", "S3_CREDENTIALS=«»"),
        ("env[0].valueFrom.secretKeyRef.key: Required value", "env[0].valueFrom.secretKeyRef.key: Required value"),
    ] {
        let once = mask::text(text);
        assert_eq!(unmarked(&once), shown);
        let json = |text: &str| {
            let masked: Value = mask::json(&json!({ "message": text }).to_string()).unwrap().parse().unwrap();
            masked["message"].as_str().unwrap().to_owned()
        };
        assert_eq!((mask::text(&once), json(&once), json(text)), (once.clone(), once.clone(), once));
    }
}

/// Whoever writes a manifest or a log line chooses these: none may take longer than it is long.
#[test]
fn what_is_open_or_begins_like_a_mark_takes_no_longer_than_its_text() {
    let many = |part: &str| part.repeat((1 << 18) / part.len());
    for text in [
        format!("kind: Secret x {}«masked 0000»{}", many("data:{"), many("}")),
        format!("kind: Secret x {}", many("data:{«masked 0000»")),
        many("password=«masked "),
    ] {
        mask::text(&text);
    }
    let pairs: Vec<Value> = (0..20_000)
        .flat_map(|at| {
            let name = |part: &str| format!("env[{at}].{part}");
            [json!({ "name": name("name"), "value": "DB_PASSWORD" }), json!({ "name": name("value"), "value": "Zq7" })]
        })
        .collect();
    assert!(!mask::json(&json!({ "parameters": pairs }).to_string()).unwrap().contains("Zq7"));
}
