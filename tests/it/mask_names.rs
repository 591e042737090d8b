//! Whose values are masked by name, and what refers to a credential and is shown.

use argocd_mcp::view::mask;
use serde_json::{Value, json};

use crate::mask::unmarked;

#[test]
fn the_last_word_that_says_so_decides() {
    for name in [
        "CACHE_PASSWORD",
        "PRIMARY_DB_PASSWORD",
        "KEY_STORE_PASSWORD",
        "keyStorePassword",
        "HOST_PASSWORD",
        "FILE_PASSWORD",
        "DATA_SOURCE_PASS",
        "DATA_ENCRYPTION_KEY",
        "PUBLIC_API_TOKEN",
        "STORE_API_KEY",
        "APP_STORE_SECRET",
        "ISSUER_SECRET",
        "POLICY_TOKEN",
        "AZURE_STORAGE_PRIMARY_KEY",
        "client-key-data",
        "SSH_HOST_KEY",
        "PGPASS",
        "ADMIN_PW",
        "PASSCODE",
        "APIKEYS",
        "SECRETKEYBASE",
        "example.com/token",
        "secretKey",
        "AWS_SECRET_ACCESS_KEY",
        "INPUT_TOKEN",
    ] {
        assert!(mask::is_sensitive(name), "{name}");
        assert_eq!(unmarked(&mask::text(&format!("{name}=abcdefgh"))), format!("{name}=«»"));
    }
    for name in [
        "TOKEN_URL",
        "keyId",
        "secretName",
        "passwordPolicy",
        "adminPasswordKey",
        "existingSecretKey",
        "PRIMARY_KEY",
        "partition_key",
        "SSH_PUBLIC_KEY",
        "CACHE_KEY",
        "maxTokens",
        "TOTAL_TOKENS",
        "imagePullSecrets",
        "checksum/secret",
        "secret.reloader.stakater.com/reload",
        "vault.hashicorp.com/agent-inject-secret-db",
        "key.serializer",
        "value.key.deserializer",
        "topologyKey",
    ] {
        assert!(!mask::is_sensitive(name), "{name}");
    }
}

#[test]
fn json_in_a_text_has_names_that_people_chose_unless_it_is_a_manifest() {
    let masked = |value: Value| unmarked(&mask::json(&value.to_string()).unwrap());
    let inner = json!({ "db": { "password": "hunter2" }, "level": "debug" }).to_string();
    for value in [
        json!({ "kind": "ConfigMap", "data": { "app.json": inner } }),
        json!({ "env": [{ "name": "CONFIG", "value": inner }] }),
        json!({ "metadata": { "annotations": { "example.com/config": inner } } }),
        json!({ "result": { "content": inner, "podName": "web-1" } }),
        json!({ "message": inner }),
        json!({ "helm": { "valuesObject": { "config": inner } } }),
        json!({ "diff": inner }),
    ] {
        let masked = masked(value);
        assert!(!masked.contains("hunter2") && masked.contains("debug"), "{masked}");
    }
    let env = json!({ "name": "A", "valueFrom": { "secretKeyRef": { "name": "db", "key": "password2024" } } });
    let manifest = json!({ "apiVersion": "v1", "kind": "Pod", "spec": { "env": [env] } }).to_string();
    let live = json!({ "liveState": manifest }).to_string();
    assert_eq!(mask::json(&live).unwrap(), live);
}

#[test]
fn what_refers_to_a_credential_is_shown() {
    for shown in [
        json!({ "kind": "ExternalSecret", "spec": { "data": [{ "secretKey": "password", "remoteRef": { "key": "prod/db1/password" } }] } }),
        json!({ "annotations": { "checksum/secret": "9f86d081884c7d65", "secret.reloader.stakater.com/reload": "db-credentials", "vault.hashicorp.com/agent-inject-secret-db": "secret/data/db1" } }),
        json!({ "data": { "TLS_KEY": "/etc/tls/tls.key", "key": "app.conf", "keys": ["a.b", "c"], "DB_PASSWORD": "${DB_PASSWORD}" } }),
        json!({ "args": ["--client-key", "/etc/k/client.key", "--token=$(TOKEN)"] }),
        json!({ "parameters": [{ "name": "level", "string": "debug", "map": { "a": "b" } }] }),
    ] {
        assert_eq!(mask::json(&shown.to_string()).unwrap(), shown.to_string());
    }
    let plugin = json!([
        { "name": "password", "string": "hunter2" },
        { "name": "auth", "map": { "token": "abcdefgh", "level": "debug" } },
        { "name": "tokens", "array": ["abcdefgh"] },
    ]);
    let masked = unmarked(&mask::json(&plugin.to_string()).unwrap());
    assert_eq!(masked.matches("«»").count(), 3, "{masked}");
    assert!(masked.contains("debug") && !masked.contains("hunter2") && !masked.contains("abcdefgh"), "{masked}");
    for named in [
        json!({ "credentials": [{ "type": "password", "value": "q9thgilrats4Zx8" }] }),
        json!([{ "Key": "DB_PASSWORD", "Value": "q9thgilrats4Zx8" }]),
        json!({ "ParameterKey": "DBPassword", "ParameterValue": "q9thgilrats4Zx8" }),
        json!({ "name": "db_password", "defaultValue": "q9thgilrats4Zx8" }),
    ] {
        let shown = named.to_string().replace("q9thgilrats4Zx8", "«»");
        assert_eq!(unmarked(&mask::json(&named.to_string()).unwrap()), shown);
    }
    let chosen = json!({ "data": { "key": "abcd1234efgh" } }).to_string();
    assert_eq!(unmarked(&mask::json(&chosen).unwrap()), r#"{"data":{"key":"«»"}}"#);
}

#[test]
fn a_user_and_a_password_in_one_value_are_masked() {
    let masked = |value: Value| unmarked(&mask::json(&value.to_string()).unwrap());
    let auth = "c2hvcDp0cjB1Yg==";
    for value in [
        json!({ "auths": { "r.example": { "auth": auth } } }),
        json!({ "data": { "config.json": json!({ "auths": { "r.example": { "auth": auth } } }).to_string() } }),
        json!({ "spec": { "dockerconfigjson": json!({ "auths": { "r.example": { "auth": auth } } }).to_string() } }),
        json!({ "data": { ".dockercfg": format!("r.example:\n  auth: {auth}\n  email: a\n") } }),
        json!({ "env": [{ "name": "BASIC_AUTH", "value": "shop:tr0ub" }] }),
        json!({ "env": [{ "value": "shop:tr0ub", "name": "BASIC_AUTH" }] }),
        json!({ "data": { "BASIC_AUTH": "shop:tr0ub" } }),
    ] {
        let masked = masked(value);
        assert!(masked.contains("«»") && !masked.contains(auth) && !masked.contains("tr0ub"), "{masked}");
    }
    for shown in [
        json!({ "data": { "auth": "enabled", "BASIC_AUTH": "true", "basicAuth": "https://x.example" } }),
        json!({ "auth": "oidc", "values": { "auth": { "enabled": true, "username": "shop" } } }),
        json!({ "env": [{ "name": "AUTH", "value": "keycloak:8080" }] }),
    ] {
        assert_eq!(mask::json(&shown.to_string()).unwrap(), shown.to_string());
    }
}

#[test]
fn fields_that_may_name_a_secret_are_masked_unless_they_are_made_of_words() {
    for field in [
        "secret_key",
        "secretKey",
        "privateKey",
        "signingKey",
        "encryptionKey",
        "sshPrivateKey",
        "webhookSecret",
        "credentials",
        "secret",
        "pass",
        "dbPass",
    ] {
        for random in
            ["abcd1234EFGH", "SW2YcwTIb9zpOOhoPsMm", "0123456789abcdef", "84586260-105d-4628-ab11-64c9bcce7c41"]
        {
            let json = json!({ "kind": "Grafana", "spec": { field: random } }).to_string();
            assert_eq!(unmarked(&mask::json(&json).unwrap()), json.replace(random, "«»"));
        }
    }
    for field in ["secret_key", "secretKey", "privateKey", "webhookSecret", "credentials", "secret"] {
        for name in ["db-credentials-v2", "shop-tls1", "password1", "DB_PASSWORD_2", "prod/db1", "/etc/keys/key1.pem"] {
            let json = json!({ "kind": "Grafana", "spec": { field: name } }).to_string();
            assert_eq!(mask::json(&json).unwrap(), json);
        }
    }
}

#[test]
fn what_stands_beside_a_credential_or_only_sounds_like_one_is_shown() {
    let annotation = "nginx.ingress.kubernetes.io/auth-tls-secret";
    for shown in [
        json!({ "annotations": { "nginx.ingress.kubernetes.io/auth-secret": "basic-auth", annotation: "ns/ca-secret" } }),
        json!({ "values": { "auth": { "secretKeys": { "adminPasswordKey": "postgres-password" } } } }),
        json!({ "values": { "extraSecretMounts": [{ "name": "auth", "secretName": "auth1", "mountPath": "/x" }] } }),
        json!({ "values": { "secrets": [{ "name": "s1", "mountPath": "/x" }], "secret": "my-tls" } }),
        json!({ "values": { "authorization": { "credentials_file": "/x" } } }),
        json!({ "data": { "objectKey": "a/b", "featureKey": "dark-mode", "translation_key": "home.title" } }),
        json!({ "data": { "S3_KEY": "uploads/x.png", "key.converter": "org.apache.kafka.JsonConverter" } }),
        json!({ "data": { "TOKEN_SERVICE": "http://token-svc", "SECRETS_MANAGER_REGION": "eu-west-1", "csrfToken": "on" } }),
    ] {
        assert_eq!(mask::json(&shown.to_string()).unwrap(), shown.to_string());
    }
    for shown in [
        "tokens=1532 latency=20ms",
        "Secret: db-credentials-v2 not found",
        "redis key: session:user:12345678 evicted",
        "kafka key=order-12345678 partition=3",
        "cache key=orders:2024:page2 miss",
        "password_changed_at=2024-01-01",
        "pw=1024px",
        "token=expired",
        "--- PASS: TestFoo1234 (0.00s)",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
    let masked = |value: Value| unmarked(&mask::json(&value.to_string()).unwrap());
    // The data of a Secret are masked whatever they are called, and so is what may be a password.
    let secret =
        json!({ "name": "abcd", "path": "abcd", "secretName": "abcd", "a": "expired", "b": "my-tls", "c": "on" });
    assert_eq!(masked(json!({ "kind": "Secret", "stringData": secret })).matches("«»").count(), 6);
    let chosen = json!({ "values": { "secrets": [{ "name": "a", "value": "abcd" }], "secret": "my-secret", "tokens": { "ci": "abcd" } } });
    assert_eq!(masked(chosen).matches("«»").count(), 3);
    for hidden in
        ["secret=my-secret", "pass=1234", "key=abcd1234", "S3_KEY=abcd/efgh", "REDIS_KEY=abcd1234", "tokens=123456"]
    {
        assert_ne!(mask::text(hidden), hidden);
    }
}
