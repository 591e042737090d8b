//! Credentials that are told by their form: in commands, in addresses, behind what is said of them.

use argocd_mcp::view::mask;
use serde_json::{Value, json};

use crate::mask::unmarked;

/// Texts, and what is shown of them.
fn check(texts: &[(&str, &str)]) {
    for (text, shown) in texts {
        assert_eq!(unmarked(&mask::text(text)), *shown);
    }
}

/// Texts that are shown as they are.
fn shown(texts: &[&str]) {
    for text in texts {
        assert_eq!(mask::text(text), *text);
    }
}

#[test]
fn the_password_of_a_command_goes_to_the_end_of_its_quotes() {
    check(&[
        ("mysql -u root -p'ab;|c$d1&e' shop", "mysql -u root -p'«»' shop"),
        (r#"mysql -u root -p"ab;|c$d1&e" shop"#, r#"mysql -u root -p"«»" shop"#),
        ("redis-cli -a 'ab$c d1' ping", "redis-cli -a '«»' ping"),
        ("sshpass -p 'ab$cd1' ssh x", "sshpass -p '«»' ssh x"),
        ("docker login -u u -p 'ab$cd1' r", "docker login -u u -p '«»' r"),
        (r#"sh -c "redis-cli -a \"ab$cd1\" ping""#, r#"sh -c "redis-cli -a \"«»\" ping""#),
        ("redis-cli -a ab$cd1; echo", "redis-cli -a «»; echo"),
        ("mysqladmin ping -h db -pab;cd1", "mysqladmin ping -h db -p«»"),
        ("[mysqladmin ping -h db -pabcd]", "[mysqladmin ping -h db -p«»"),
    ]);
    shown(&[
        "mysql -p$PW x",
        "bash -c \"mysql -p'$MYSQL_ROOT_PASSWORD'\"",
        "redis-cli -a \"${REDIS_PASSWORD}\" ping",
        "redis-cli -a $(cat /x) ping",
        "docker run --name mysql -p3306:3306 mysql:8",
        "mysqld_exporter -port 9104",
    ]);
    let list = json!(["redis-cli", "-a", "ab$;cd1", "ping"]);
    let masked: Value = mask::json(&json!({ "command": list }).to_string()).unwrap().parse().unwrap();
    assert_eq!(unmarked(&masked.to_string()), r#"{"command":["redis-cli","-a","«»","ping"]}"#);
}

#[test]
fn the_password_of_an_address_may_have_slashes_and_no_user() {
    check(&[
        ("redis://:efMM4wR4+XE/RumIVGI=@r.x:6380", "redis://:«»@r.x:6380"),
        ("root:efMM4wR4/XE@tcp(db:3306)/x", "root:«»@tcp(db:3306)/x"),
        ("app:efMM4wR4@(db:3306)/x", "app:«»@(db:3306)/x"),
        ("https://efMM4wR4+XE/RumIVGI=@host/x", "https://«»@host/x"),
        ("sqlserver://sa:/UE8R7ZefMM4wR4X=@db", "sqlserver://sa:«»@db"),
        ("amqp://u:39/uKaefMM4wR4XE4a=@h", "amqp://u:«»@h"),
        ("https://bot:JNd5jjg;T:JI=QbJXnJ7@git.x/y", "https://bot:«»@git.x/y"),
    ]);
    shown(&[
        "https://github.com/org/repo@v1.2",
        "https://registry:5000/img/a@sha256:0123",
        "mongodb://h1:27017,h2:27017/db@x",
        "jdbc:sqlserver://h:1433;user=a@b;x=y",
        "https://login/a=@b",
    ]);
}

#[test]
fn what_is_said_to_be_a_password_or_a_token_is_hidden_unless_it_is_a_word() {
    check(&[
        ("Your temporary password is: aB3xQ-mzKpLw", "Your temporary password is: «»"),
        ("The token is kTzQbWnEpR.", "The token is «»."),
        ("Password for the elastic user (x): q9TzQbWnEpRa", "Password for the elastic user (x): «»"),
        ("password is: hunter22", "password is: «»"),
        ("sending Bearer aB3xQmzKpLw", "sending Bearer «»"),
        ("X-Api-Key: kTzQbWnEpR", "X-Api-Key: «»"),
        ("got token: kTzQbWnEpR again", "got token: «» again"),
    ]);
    shown(&[
        "The password is base64-encoded",
        "The token is kubernetes.io/v1",
        "token is ServiceAccountToken",
        "Bearer authentication failed",
        "token: ServiceAccountTokenReview",
        "secret: MyDatabaseURLs",
    ]);
}

#[test]
fn what_becomes_of_a_password_is_hidden_too() {
    check(&[
        (r#"~ password = "OldPw8x1Kz" -> "NewPw9y2Lm""#, r#"~ password = "«»" -> "«»""#),
        (r#"~ password = null -> "NewPw9y2Lm""#, r#"~ password = null -> "«»""#),
        (r#"array(1) { ["password"]=> string(12) "Zk3jQm81VnXa" }"#, r#"array(1) { ["password"]=> string(12) "«»" }"#),
        ("password: !vault Zk3jQm81VnXa", "password: !vault «»"),
    ]);
    shown(&[r#"~ name = "shop12345" -> "shop67890""#]);
}

#[test]
fn headers_and_pairs_hide_their_values() {
    for (value, shown) in [
        (json!({ "headers": { "Authorization": "9m7qkHRhJuz4k6i5" } }), r#"{"headers":{"Authorization":"«»"}}"#),
        (json!({ "headers": { "Cookie": "sid=9m7qkHRhJuz4" } }), r#"{"headers":{"Cookie":"«»"}}"#),
        (json!({ "headers": [["x-api-key", "9m7qkHRhJuz4"]] }), r#"{"headers":[["x-api-key","«»"]]}"#),
        (json!({ "raw": ["Host", "x", "X-Api-Key", "9m7qkHRhJuz4"] }), r#"{"raw":["Host","x","X-Api-Key","«»"]}"#),
        (json!({ "authorization": "rbac" }), r#"{"authorization":"rbac"}"#),
        (json!({ "cookie": "route" }), r#"{"cookie":"route"}"#),
        (json!({ "keys": ["db-password-1", "api-key-v2"] }), r#"{"keys":["db-password-1","api-key-v2"]}"#),
    ] {
        assert_eq!(unmarked(&mask::json(&value.to_string()).unwrap()), shown);
    }
    check(&[
        ("[('X-Api-Key', '9m7qkHRhJuz4')]", "[('X-Api-Key', '«»')]"),
        ("(('user','a'),('password','9m7qkHRhJuz4'))", "(('user','a'),('password','«»'))"),
    ]);
    shown(&["['password', 'username', 'token']", "(\"secret\", \"prod/db1\")"]);
}

#[test]
fn a_user_and_a_password_in_one_value_are_hidden() {
    check(&[
        ("NEO4J_AUTH=neo4j/9m7qkHRhJuz4", "NEO4J_AUTH=«»"),
        ("cloud.auth: \"elastic:9m7qkHRhJuz4\"", "cloud.auth: \"«»\""),
        (
            "PlainLoginModule required password=\"abcd1234\" user_a=\"abcd1234\" user_b=\"abcd1234\";",
            "PlainLoginModule required password=\"«»\" user_a=\"«»\" user_b=\"«»\";",
        ),
    ]);
    shown(&["auth: default/my-auth-secret1", "no-auth: http://x/y1234567", "user_id=\"abcd1234\""]);
    let env = json!({ "env": [{ "name": "NEO4J_AUTH", "value": "neo4j/9m7qkHRhJuz4" }] });
    assert_eq!(unmarked(&mask::json(&env.to_string()).unwrap()), r#"{"env":[{"name":"NEO4J_AUTH","value":"«»"}]}"#);
}

#[test]
fn a_line_of_a_name_and_a_value_hides_what_looks_generated() {
    check(&[
        ("Host x y\nHTTP_Passwd 9m7qkHRhJuz4\nport 80 x", "Host x y\nHTTP_Passwd «»\nport 80 x"),
        ("token                9m7qkHRhJuz4", "token                «»"),
    ]);
    shown(&[
        "Secret created",
        "token expired",
        "secret my-secret-v1",
        "key tls.crt",
        "Pass. Group[0]=(0,3)",
        "token 9m7qkHRhJuz4 was used",
    ]);
}

#[test]
fn other_commands_addresses_and_sentences_hide_theirs() {
    let secret = "9m7qkHRhJuz4k6i5";
    for text in [
        "vault login …",
        "aws configure set aws_secret_access_key …",
        "npm config set //r/:_authToken …",
        "nomad status -token … x",
        "htpasswd -b file user …",
        "htpasswd -nb user …",
        "sqlplus u/…@db",
        "smbclient -U u%… //x",
        "lftp -u u,… host",
        "JSESSIONID=…",
        "https://x/?AWSAccessKeyId=a&Signature=…",
        "SET PASSWORD FOR x = PASSWORD('…')",
        "connecting with password …",
        "password set to …",
        "invalid token \"…\"",
        "passwort=…",
        "DB_SENHA=…",
        "<name>db.password</name><description>a b</description><value>…</value>",
    ] {
        assert_eq!(unmarked(&mask::text(&text.replace('…', secret))), text.replace('…', "«»"));
    }
    shown(&[
        "vault login -method=oidc",
        "vault login failed",
        "npm config set registry https://x",
        "login with password authentication failed",
        "token \"default\" not found",
        "run -token when set",
        "password set to expire",
    ]);
}
