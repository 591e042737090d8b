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
    let long = "arn:secret:".repeat(40_000);
    assert!(mask::text(&format!("{long} password=abcd1234")).ends_with(&mask::text(" password=abcd1234")));
}

#[test]
fn a_text_of_one_line_looks_the_same_alone_and_as_a_value() {
    for (text, shown) in [
        (r#"probe failed: ["redis-cli","-a","abcd1234","ping"]"#, r#"probe failed: ["redis-cli","-a","«»","ping"]"#),
        (r#"command: ["redis-cli","-a","abcd1234"]"#, r#"command: ["redis-cli","-a","«»"]"#),
        (r#"got {"password":{"value":"abcd1234"}}"#, r#"got {"password":{"value":"«»"}}"#),
        (r#"got {"value":"abcd1234","name":"DB_PASSWORD"}"#, r#"got {"value":"«»","name":"DB_PASSWORD"}"#),
        (r#"got {"name":"shop"} of ["a","b"]"#, r#"got {"name":"shop"} of ["a","b"]"#),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
        for place in [json!({ "data": { "file": text } }), json!({ "status": { "message": text } })] {
            let masked: Value = mask::json(&place.to_string()).unwrap().parse().unwrap();
            let texts = [&masked["data"]["file"], &masked["status"]["message"]];
            assert_eq!(texts.iter().find_map(|text| text.as_str()).map(unmarked).as_deref(), Some(shown));
        }
    }
}

#[test]
fn xml_is_masked_by_the_names_of_its_elements_and_attributes() {
    for (text, masked) in [
        (
            "<server><id>x</id><password>s3cr3t, Value&amp;9x</password></server>",
            "<server><id>x</id><password>«»</password></server>",
        ),
        ("<s:db.password type=\"a\">abcd</s:db.password>", "<s:db.password type=\"a\">«»</s:db.password>"),
        ("<property name=\"db.password\" value=\"abcd efgh\"/>", "<property name=\"db.password\" value=\"«»\"/>"),
        ("<add key='ApiKey'\n  value='abcd1234' />", "<add key='ApiKey'\n  value='«»' />"),
    ] {
        assert_eq!(unmarked(&mask::text(text)), masked);
    }
    for kept in [
        "<key>CFBundleName</key><string>shop</string>",
        "Authorization: Bearer <token> or <password>, of your own",
        "<password>${env.DB_PASSWORD}</password>",
        "<secretName>shop-tls</secretName><tokenUrl>https://idp.example.com/token</tokenUrl>",
        "<password/>next</a>",
        "Vec<Token>(12345)",
        "<property name=\"token.ttl\" value=\"36000\"/>",
    ] {
        assert_eq!(mask::text(kept), kept);
    }
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
        ("a: b\npassword: |\n  abcd1234\n", "a: b\npassword: |\n  «»\n"),
        ("a: b\npassword:\n  abcd1234", "a: b\npassword:\n  «»"),
        ("tokens:\n- abcd1234\n- efgh1234\n", "tokens:\n- «»\n- «»\n"),
        ("db:\n  password: {a: x}\n", "db:\n  password: {a: «»}\n"),
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

#[test]
fn commands_and_configurations_with_a_space_before_the_value() {
    let random = "Ab3".repeat(20);
    for (text, expected) in [
        ("mysql -uroot -ptr0ub4dor shop".into(), "mysql -uroot -p«» shop"),
        ("mysqldump -h db -p'tr0ub4dor' -u root".into(), "mysqldump -h db -p'«»' -u root"),
        ("requirepass tr0ub\nmasterauth tr0ub".into(), "requirepass «»\nmasterauth «»"),
        ("redis-cli config set requirepass tr0ub".into(), "redis-cli config set requirepass «»"),
        ("redis-server --masterauth tr0ub --port 1".into(), "redis-server --masterauth «» --port 1"),
        ("user admin insecure-password tr0ub".into(), "user admin insecure-password «»"),
        ("machine git.example login shop password tr0ub".into(), "machine git.example login shop password «»"),
        (
            "machine git.example\n  login shop\n  password tr0ub".into(),
            "machine git.example\n  login shop\n  password «»",
        ),
        ("<match>\n  password tr0ub4dor\n</match>".into(), "<match>\n  password «»\n</match>"),
        ("passwd 1234".into(), "passwd «»"),
        ("FROM a\nENV DB_PASSWORD tr0ub\nENV LEVEL debug".into(), "FROM a\nENV DB_PASSWORD «»\nENV LEVEL debug"),
        ("define('DB_PASSWORD', 'tr0ub');".into(), "define('DB_PASSWORD', '«»');"),
        ("proxy_set_header X-Api-Key tr0ub;".into(), "proxy_set_header X-Api-Key «»;"),
        ("proxy_set_header Authorization tr0ub;".into(), "proxy_set_header Authorization «»;"),
        ("ALTER USER a IDENTIFIED BY 'tr0ub'".into(), "ALTER USER a IDENTIFIED BY '«»'"),
        ("create user a with password 'tr0ub'".into(), "create user a with password '«»'"),
        ("redis-cli -h cache -a tr0ub ping".into(), "redis-cli -h cache -a «» ping"),
        ("redis-cli --pass='tr0ub' ping".into(), "redis-cli --pass='«»' ping"),
        ("sshpass -p tr0ub ssh a@b".into(), "sshpass -p «» ssh a@b"),
        ("sshpass -v -p 'tr0ub' ssh a@b".into(), "sshpass -v -p '«»' ssh a@b"),
        ("docker login -u shop -p tr0ub registry".into(), "docker login -u shop -p «» registry"),
        ("java -jar x -adminPassword tr0ub -x".into(), "java -jar x -adminPassword «» -x"),
        ("BASIC_AUTH=shop:tr0ub".into(), "BASIC_AUTH=«»"),
        ("REDIS_AUTH=tr0ub4dor".into(), "REDIS_AUTH=«»"),
        ("\"auth\": \"c2hvcDp0cjB1Yg==\"".into(), "\"auth\": \"«»\""),
        ("https://x.example/c?sv=1&sig=abcDEF123%2Bxyz%3D&se=2".into(), "https://x.example/c?sv=1&sig=«»&se=2"),
        ("https://x.example/k?X-Amz-Signature=0123456789abcdef".into(), "https://x.example/k?X-Amz-Signature=«»"),
        (format!("https://discord.com/api/webhooks/1234/{random}"), "https://discord.com/api/webhooks/1234/«»"),
        (format!("https://a.webhook.office.com/webhookb2/{random}"), "https://a.webhook.office.com/webhookb2/«»"),
        (format!("https://api.telegram.org/bot123456789:AA{random}/x"), "https://api.telegram.org/bot«»/x"),
        (format!("123456789:AA{random}"), "«»"),
        (format!("AGE-SECRET-KEY-1{}", random.to_uppercase()), "«»"),
        ("LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlF".into(), "«»"),
        (format!("admin:$2y$10${}", "aB3./".repeat(11).get(..53).unwrap()), "admin:«»"),
    ] {
        assert_eq!(unmarked(&mask::text(&text)), expected);
    }
    for harmless in [
        "find /var/lib/mysql -print",
        "docker run --name mysql -p 3306:3306 -u root",
        "mysql -uroot -p$MYSQL_PWD",
        "requirepass is not set in redis.conf",
        "password required",
        "Password changed",
        "the password was changed 12 times",
        "login and password are required",
        "env TOKEN is missing",
        "ENV DB_PASSWORD $OTHER",
        "ENV PUBLIC_KEY abcdefgh",
        "proxy_set_header X-Real-IP $remote_addr;",
        "proxy_set_header X-Auth-Token $token;",
        "user identified by its id",
        "BASIC_AUTH=enabled",
        "REDIS_AUTH=true",
        "redis-cli -a $REDIS_PASSWORD ping",
        "redis-cli -n 2 ping",
        "sshpass -e ssh -p 2222 a@b",
        "docker login, then docker run -p 8080:80 nginx",
        "auth=keycloak:8080",
        "sig=SIGTERM",
        "webhooks/123/abc",
        "12:34:56:AA:BB:CC",
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUY=",
    ] {
        assert_eq!(mask::text(harmless), harmless);
    }
}
