//! What is masked in texts: behind other names, in fields that a kind defines, in JSON and YAML within them.

use argocd_mcp::view::mask;
use serde_json::{Value, json};

use crate::mask::unmarked;

#[test]
fn a_harmless_name_before_a_credential_hides_nothing() {
    for before in [
        "failed: ",
        "ERROR:",
        "dial tcp: ",
        "args=",
        "level=error msg=\"login failed: ",
        "dsn=\"host=db ",
        "msg='",
        "request=\"POST /login?",
        "path=/x?",
        "https://hooks.example.com/in?",
        "{\"url\":\"https://x/?",
        "--verbose --db-",
        "password: $(A) ",
    ] {
        let text = format!("{before}password=tr0ub4dor");
        assert_eq!(unmarked(&mask::text(&text)), format!("{before}password=«»"));
    }
    assert_eq!(unmarked(&mask::text("run --level --token abcd1234")), "run --level --token «»");
    // Many names do not take longer than they are long.
    let long = "a=".repeat(200_000);
    assert_eq!(
        mask::text(&format!("{long}password=abcd1234")).len(),
        long.len() + mask::text("password=abcd1234").len()
    );
}

#[test]
fn fields_that_a_kind_defines_are_masked_where_nothing_else_has_their_name() {
    let kept = json!({
        "secretName": "shop-tls1", "secretKey": "password1", "key": "password1", "token": "of a field", "secret": "shop-tls1",
        "remoteRef": { "key": "prod/db1" }, "passwordSecretRef": { "name": "db1", "key": "password1" },
        "serviceAccountToken": { "path": "token1", "audience": "vault1234" }, "volumes": [{ "secret": { "secretName": "shop-tls1" } }],
        "secrets": [{ "name": "shop-token-1abcd" }], "maxTokens": "12345678a", "password": { "secretKeyRef": { "name": "db12345a", "key": "x" } },
        "tokens": ["abcd1234"],
    });
    let mut value = json!({ "kind": "Grafana", "spec": {
        "adminPassword": "abcd", "basicAuth": { "username": "shop1234", "password": "abcd" }, "bearerToken": "abcd1234",
        "config": { "admin_password": "abcd", "apiKey": "abcd1234", "clientSecret": "abcd1234" }, "kept": kept.clone(),
    }});
    mask::value(&mut value);
    let masked: Value = unmarked(&value["spec"].to_string()).parse().unwrap();
    assert_eq!(masked["kept"], kept);
    assert_eq!(masked["basicAuth"], json!({ "username": "shop1234", "password": "«»" }));
    assert_eq!(masked["config"], json!({ "admin_password": "«»", "apiKey": "«»", "clientSecret": "«»" }));
    assert_eq!((&masked["adminPassword"], &masked["bearerToken"]), (&json!("«»"), &json!("«»")));
}

#[test]
fn json_and_yaml_in_a_text_are_masked_as_what_they_are() {
    let masked = |text: &str| {
        let mut value = json!({ "text": text });
        mask::value(&mut value);
        unmarked(value["text"].as_str().unwrap())
    };
    for (text, expected) in [
        (r#"[{"pass\u0077ord":"abcd"}]"#, r#"[{"password":"«»"}]"#),
        (
            "\n{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"data\":{\"a\":\"x\"}}",
            r#"{"kind":"Secret","apiVersion":"v1","data":{"a":"«»"}}"#,
        ),
        (r#"{"apiVersion":1,"kind":2,"db_pass":"x"}"#, r#"{"apiVersion":1,"kind":2,"db_pass":"«»"}"#),
        ("a: b\npassword: |\n  abcd1234\n", "a: b\npassword: «»\n"),
        ("a: b\npassword:\n  abcd1234", "a: b\npassword: «»\n"),
        ("tokens:\n- abcd1234\n- efgh1234\n", "tokens:\n- «»\n- «»\n"),
        ("db:\n  password: {a: x}\n", "db:\n  password:\n    a: «»\n"),
        ("- value: x\n  name: DB_PASSWORD\n", "- value: «»\n  name: DB_PASSWORD\n"),
        ("apiVersion: v1\nkind: Secret\nstringData:\n  a: x\n", "apiVersion: v1\nkind: Secret\nstringData:\n  a: «»\n"),
        ("extra:\n- kind: Secret\n  data:\n    a: x\n", "extra:\n- kind: Secret\n  data:\n    a: «»\n"),
        // Nothing more than its lines tell: comments stay.
        ("# of the shop\npassword: abcd1234 # old\nport: 80\n", "# of the shop\npassword: «» # old\nport: 80\n"),
        ("# of the shop\nsecretName: a\nport: 80\n", "# of the shop\nsecretName: a\nport: 80\n"),
        ("not: [yaml\ntoken", "not: [yaml\ntoken"),
    ] {
        assert_eq!(masked(text), expected);
    }
    // A text in a text in a text … ends.
    let deep =
        (0..400).fold(String::from("x"), |inner, _| format!("token_url: |\n  {}\n", inner.replace('\n', "\n  ")));
    masked(&deep);
    masked(&format!("token: {}", "[".repeat(20_000)));
    masked(&format!("a: 1\ntoken:\n  {}", "[".repeat(20_000)));
}

#[test]
fn what_argocd_masked_says_nothing_of_equality() {
    let mut value = json!({ "kind": "Secret", "data": { "user": "++++++++", "password": "++++++++", "left": "eA==" } });
    mask::value(&mut value);
    assert_eq!(value["data"]["user"], "++++++++");
    assert_eq!(value["data"]["password"], "++++++++");
    assert_ne!(value["data"]["left"], "eA==");
}
