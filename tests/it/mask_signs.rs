//! Passwords with signs in them that end other words, and with blanks.

use argocd_mcp::view::mask;
use serde_json::{Value, json};

use crate::mask::unmarked;

/// What AWS and RDS generate has all of these; where a line or an argument has nothing but the name before it, all is of
/// the password, elsewhere all up to the next blank.
#[test]
fn no_sign_in_a_password_ends_it() {
    const PASSWORDS: &[&str] = &[
        "q9|Kx7vT2mZp4",
        "&Wn8rTq2Lz5v",
        "x7<Pq2Rt9Lm",
        "Vb6\"kTz8wQ3n",
        "(Hs4gYt7rE2w",
        "Zq8\\hunter22",
        "Zq8<hunter>22",
        ",Zq8hunter22",
        "|Vg:xkj.))dYoE($TG{d",
        "[>h%fg$F5#ncZ2.Nt@7F{7^n",
        "+e?|Mq=G&>3`omjM-yXHC/a",
        "]B(Ur{,6Dfwn-}FVo+#}x!^#a",
        "$0T8Kx9vT2m",
        "{t:$jqos@G%&7}fht3Yh<897",
    ];
    for password in PASSWORDS {
        let alone = [
            json!({ "data": { "file": format!("A=1\nDB_PASSWORD={password}\nPORT=80") } }),
            json!({ "data": { "file": format!("a.b=1\nspring.datasource.password={password}\nport=80") } }),
            json!({ "data": { "file": format!("[db]\nuser = x\npassword = {password}\nport = 80") } }),
            json!({ "args": ["serve", format!("--db-password={password}"), "--port=80"] }),
        ];
        for value in alone {
            let masked = unmarked(&mask::json(&value.to_string()).unwrap());
            let written = Value::from(*password).to_string();
            assert_eq!(masked, value.to_string().replace(written.trim_matches('"'), "«»"), "{password}");
        }
        for text in [
            format!("DB_PASSWORD={password}"),
            format!("connecting with password={password} user=app"),
            format!("map[db_password:{password} port:1]"),
            format!("{{User:a Password:{password} Port:1}}"),
            format!("Cfg(user=a, password={password}, port=1)"),
        ] {
            assert_eq!(unmarked(&mask::text(&text)), text.replace(password, "«»"));
        }
    }
    for shown in [
        "password=\"\" user=x",
        "password=\\\"\\\" user=x",
        "token=<nil> x",
        "PASSWORD=(none)",
        "password=, user=app",
        "password=[]",
        "{Secret:{Name:db-creds1 Namespace:x}}",
        "Auth:&v1.SecretKeySelector{Name:x1",
        "Token:(*v1.Token)(0xc000123456)",
        "Secrets:[]v1.LocalObjectReference{v1.LocalObjectReference{Name:\"x1\"}}",
        "password={{.Values.db2.Password}}",
        "?token=&user=abcd1234",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
    for (text, shown) in [
        (r#"{'user': 'a', 'password': '\'d@c)gn|iu";p>REf8'}"#, "{'user': 'a', 'password': '«»'}"),
        ("DB_PASSWORD=\"kX9vT2mZp4", "DB_PASSWORD=\"«»"),
        ("msg=\"login password=abcd1234\" user=x", "msg=\"login password=«»\" user=x"),
        ("msg=\"a \\\"b\\\" password=q9\\\"Kx7vT2\" user=x", "msg=\"a \\\"b\\\" password=«»\" user=x"),
        ("said 'password=abcd1234', then", "said 'password=«»', then"),
        ("a\\npassword=abcd1234\\nport=80", "a\\npassword=«»\\nport=80"),
        ("<p>password=abcd1234</p>", "<p>password=«»</p>"),
        ("{\"a\":\"token=abcd1234\\u0026user=x\",", "{\"a\":\"token=«»\\u0026user=x\","),
        ("cut password=abcd1234\",\"port\":\"8080\"", "cut password=«»\",\"port\":\"8080\""),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
}

#[test]
fn a_word_of_a_command_that_is_a_name_and_a_value_is_hidden_to_its_end() {
    for (value, shown) in [
        (json!({ "args": ["--db-password=correct horse Zq7hunter22"] }), json!({ "args": ["--db-password=«»"] })),
        (json!({ "args": ["-e", "REDIS_PASSWORD=my pass Zq7"] }), json!({ "args": ["-e", "REDIS_PASSWORD=«»"] })),
        (
            json!({ "args": ["-c", "PGPASSWORD=abcd1234 psql -h db"] }),
            json!({ "args": ["-c", "PGPASSWORD=«» psql -h db"] }),
        ),
        (json!({ "x": ["--max-tokens=1,2", "--key=a b"] }), json!({ "x": ["--max-tokens=1,2", "--key=a b"] })),
    ] {
        assert_eq!(unmarked(&mask::json(&value.to_string()).unwrap()), shown.to_string());
    }
    for (text, shown) in [
        ("++ export 'TOKEN=sun sh1ne' x", "++ export 'TOKEN=«»' x"),
        ("env: \"DB_PASSWORD=my pass Zq7hunter33\"", "env: \"DB_PASSWORD=«»\""),
        ("[\"-e\",\"DB_PASSWORD=my pass Zq7hunter33\"]", "[\"-e\",\"DB_PASSWORD=«»\"]"),
        ("dsn=\"password=abcd1234 user=x\"", "dsn=\"password=«» user=x\""),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
}

/// References, comparisons, tags of images and names of other things are told from passwords that look like them.
#[test]
fn what_only_looks_like_an_assignment_or_a_reference_is_told_apart() {
    for shown in [
        "expr: kube_secret_info{secret=~\"db.*1\"} > 0",
        r#"{"expr":"sum(kube_secret_info{secret=~\"$secret\",namespace=~\"$ns\"}) by (secret)"}"#,
        "{auth_token=~\"abc.*1\"}[5m])",
        "password: $slack-token, token: $github-privateKey",
        "DB_PASSWORD=%DB_PASSWORD% x",
        "Failed to pull image \"session-token:a1b2c3d4e5\": rpc error: code = NotFound",
        "Container image \"db-password:3f2a1b0c9d\" already present on machine",
        "map[images:[quay.io/acme/web:v1 quay.io/acme/auth-token:main-1a2b3c4]]",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
        "dfa-onepass = [\"nfa-thompson\"]",
        "multipass=1.12.3-x1 lowpass=2000-3000Hz",
        "fastcgi_pass: php1:9000",
        "A=1\nDB_PASSWORD=,DB_HOST=db1.example.com,DB_PORT=5432\nB=2",
        "jmxremote.password.toHashes = true|false",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
    for (text, masked) in [
        ("PG_PASSWORD=$my-Password12", "PG_PASSWORD=«»"),
        ("PG_PASSWORD=$key-Sunshine7", "PG_PASSWORD=«»"),
        ("RD_PASSWORD=%Password22%", "RD_PASSWORD=«»"),
        ("RD_PASSWORD=__Hunterpassword22__", "RD_PASSWORD=«»"),
        ("DB_PASSWORD=*Zq8hunter=22", "DB_PASSWORD=«»"),
        ("DB_PASSWORD={Yxfet8k=x1wHP!NN", "DB_PASSWORD=«»"),
        ("Server=db;Password=*hunter:22abc;Encrypt=true", "Server=db;Password=«»;Encrypt=true"),
        ("OAUTH=client:secret:Zq8hunter22Xy9", "OAUTH=client:secret:«»"),
        ("2026-01-01T00:00:00Z app   \"password\": 12345678,", "2026-01-01T00:00:00Z app   \"password\": «»,"),
        (
            "jdbc:sqlserver://db.example.com:1433;databaseName=shop;user=sa;password=P@ssw0rd22xy;encrypt=true",
            "jdbc:sqlserver://db.example.com:1433;databaseName=shop;user=sa;password=«»;encrypt=true",
        ),
    ] {
        assert_eq!(unmarked(&mask::text(text)), masked);
    }
    assert_eq!(mask::text("DB_PASSWORD=\"***\""), "DB_PASSWORD=\"***\"");
    let once = mask::text("Cfg { password: Some(\"ab123456\") }");
    assert_eq!(mask::text(&once), once);
}
