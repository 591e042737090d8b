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
    let chosen = json!({ "data": { "key": "abcd1234efgh" } }).to_string();
    assert_eq!(unmarked(&mask::json(&chosen).unwrap()), r#"{"data":{"key":"«»"}}"#);
}
