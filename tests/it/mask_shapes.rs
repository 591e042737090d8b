//! What stands below the name of a credential: the credential, where it stands, or what it must look like.

use argocd_mcp::view::mask;
use serde_json::{Value, json};

use crate::mask::unmarked;

fn masked(value: &Value) -> String {
    unmarked(&mask::json(&value.to_string()).unwrap())
}

fn shown(cases: &[Value]) {
    for value in cases {
        assert_eq!(masked(value), value.to_string());
    }
}

fn hidden(cases: &[Value]) {
    for value in cases {
        let shown = masked(value);
        assert!(shown.contains('«') && !shown.contains("Zq7") && !shown.contains("hunter"), "{value} is {shown}");
    }
}

#[test]
fn argo_cd_is_told_of_kinds_that_are_called_secrets() {
    let health = "hs = {}\nhs.status = \"Healthy1\"\nreturn hs";
    shown(&[
        json!({ "kind": "ConfigMap", "data": {
            "resource.customizations.health.external-secrets.io_ExternalSecret": health,
            "resource.customizations.ignoreDifferences._Secret": "jqPathExpressions: [.data]",
            "resource.customizations": "external-secrets.io/ExternalSecret:\n  health.lua: |\n    hs = {}\n    return hs\n",
        } }),
        json!({ "values": { "bitnami.com/SealedSecret": { "health.lua": health } } }),
    ]);
    hidden(&[
        json!({ "data": { "shop.example/ApiKey": "hunter" } }),
        json!({ "data": { "shop.example/DatabaseSecret": "hunter" } }),
        json!({ "data": { "customizations.ExternalToken": "hunter" } }),
        json!({ "data": { "resource.customizations": "a.b/Password:\n  password: hunter\n" } }),
    ]);
}

#[test]
fn a_reference_and_a_setting_below_the_name_of_a_credential_are_shown() {
    shown(&[
        json!({ "values": { "password": { "secret": "gitlab-postgresql-password", "key": "postgres-password" } } }),
        json!({ "values": { "redisSecretInit": { "image": { "repository": "quay.io/argoproj/argocd" } } } }),
        json!({ "values": { "credentials": { "existingSecret": "velero-aws" } } }),
        json!({ "values": { "externalSecrets": { "environment": "production", "items": ["db"] } } }),
        json!({ "values": { "sealedSecrets": { "scope": "namespace-wide" } } }),
        json!({ "values": { "staticPasswords": [{ "email": "admin@x.example", "username": "admin", "userID": "08a8684b-db88" }] } }),
        json!({ "values": { "requirements": [{ "key": "karpenter.k8s.aws/instance-family" }] } }),
    ]);
    hidden(&[
        json!({ "values": { "password": { "secret": "hunter", "value": "Zq7" } } }),
        json!({ "values": { "password": { "secret": "Zq7hunter22Xy", "key": "password" } } }),
        json!({ "values": { "password": { "secret": "correct hunter battery" } } }),
        json!({ "values": { "credentials": { "username": "bot", "password": "hunter" } } }),
        json!({ "values": { "passwords": { "email": "hunter", "username": "hunter" } } }),
        json!({ "values": { "staticPasswords": [{ "email": "a@x", "hash": "hunter" }] } }),
        json!({ "values": { "externalSecrets": { "token": "hunter" } } }),
        json!({ "values": { "secrets": { "image": { "tag": "v1" }, "db": "hunter" } } }),
        json!({ "kind": "Secret", "data": { "username": "hunter", "key": "hunter", "secret": "hunter" } }),
        json!({ "kind": "ConfigMap", "data": { "password": "correct hunter battery staple" } }),
    ]);
}

#[test]
fn a_schema_says_what_a_credential_must_look_like() {
    shown(&[
        json!({ "values": { "password": { "type": "string", "description": "The password of it", "format": "password" } } }),
        json!({ "values": { "ApiKeyAuth": { "type": "apiKey", "in": "header", "name": "X-API-Key" } } }),
        json!({ "values": { "apiKey": { "type": ["string", "null"], "title": "API key of it" } } }),
    ]);
    hidden(&[
        json!({ "values": { "password": { "type": "string", "default": "hunter" } } }),
        json!({ "values": { "password": { "type": "string", "value": "hunter" } } }),
        json!({ "values": { "password": { "type": "string", "data": "hunter" } } }),
        json!({ "values": { "credentials": { "type": "http", "user1": "hunter" } } }),
        json!({ "values": { "password": { "type": "bcrypt", "description": "hunter" } } }),
        json!({ "values": { "passwords": { "title": "hunter", "description": "hunter" } } }),
    ]);
}

#[test]
fn what_is_told_of_other_keys_hides_no_credential() {
    hidden(&[
        json!({ "values": { "externalSecrets": { "stripe": "Zq7kQ2mN8pR4tW1z" } } }),
        json!({ "values": { "credentials": { "key": "minio", "secret": "hunter123" } } }),
        json!({ "values": { "credentials": { "key": "minio", "secret": "hunter123", "user": "a" } } }),
        json!({ "values": { "secrets": { "image": { "repository": "x" }, "db": { "value": "hunter2", "pin": "Zq7kQ2mN8pR4" } } } }),
        json!({ "values": { "redisSecret": { "image": { "tag": "1" }, "auth": { "login": "hunter!24" } } } }),
        json!({ "values": { "credentials": { "type": "oauth2", "properties": { "code": "hunter2" } } } }),
        json!({ "values": { "passwords": { "type": "object", "items": ["hunter2", "Zq7inter"] } } }),
        json!({ "values": { "tokens": { "username": "Zq7inter!24", "email": "hunter2" } } }),
        json!({ "values": { "credentials": { "url": "https://x/?t=hunter2" } } }),
    ]);
    for (field, value) in [
        ("secret", json!("hunter2")),
        ("secretKey", json!("hunter123")),
        ("credentials", json!("hunter2")),
        ("credentials", json!(["admin", "hunter2"])),
        ("secret", json!("correct-hunter-battery")),
        ("externalSecret", json!("Zq7kQ2mN8pR4tW1z")),
    ] {
        let line = json!({ "level": "info", "msg": "ready", field: value }).to_string();
        let shown = unmarked(&mask::text(&line));
        assert!(shown.contains('«') && !shown.contains("hunter") && !shown.contains("Zq7"), "{shown}");
    }
    let shown = json!({ "level": "error", "msg": "Reconciler error", "secret": "shop/db-credentials" }).to_string();
    assert_eq!(mask::text(&shown), shown);
    for text in [
        "GOTRUE_EXTERNAL_GITHUB_SECRET=Zq7kQ2mN8pR4tW1z",
        "externalClientSecret: Zq7kQ2mN8pR4tW1z",
        "external.api.secret=Zq7kQ2mN8pR4tW1z",
        "app --external-secret=Zq7kQ2mN8pR4tW1z",
        "SEALED_BOX_SECRET=hunter2",
        "REMOTE_KEY=Zq7kQ2mN8pR4tW1z",
        "SANITIZE_KEY=Zq7kQ2mN8pR4tW1z",
        "MATCH_KEY=Zq7kQ2mN8pR4tW1z",
        "CORS_CREDENTIALS=Zq7kQ2mN8pR4tW1z",
        "ALLOW_CREDENTIALS=user:Zq7kQ2mN8pR4tW1z",
        "PASSWORD_CHANGE=hunter2",
        "DB_PASSWORD_TO=hunter2",
        "TOKEN_SET=Zq7kQ2mN8pR4tW1z",
        "SECRET_KEY_UPDATED=Zq7kQ2mN8pR4tW1z",
        "passwordResetLink=https://shop.example/reset/Zq7kQ2mN8pR4tW1z",
        "traefik.ingress.kubernetes.io/api-token: Zq7kQ2mN8pR4tW1z",
        "haproxy.org/auth-password: hunter2pass",
        "resource.customizations.password=hunter2",
    ] {
        let shown = unmarked(&mask::text(text));
        assert!(shown.contains('«') && !shown.contains("hunter") && !shown.contains("Zq7"), "{text} is {shown}");
    }
}

#[test]
fn settings_of_credentials_are_told_from_credentials() {
    for shown in [
        "docker login --username AWS --password-stdin 123456789012.dkr.ecr.eu-central-1.amazonaws.com",
        "pg_dump --no-password shop_db1",
        "declare -x PWD=\"/app\"",
        "password_encryption = scram-sha-256",
        "cookie_domains = [ \".corp.example\" ]",
        "management.endpoint.env.keys-to-sanitize=password,secret",
        "smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd",
        "PASSWORD_HASHERS=argon2id",
        "gcloud secrets versions access latest --secret=db-main1",
        "docker build --secret id=npm,src=.npmrc .",
        "haproxy.org/cookie-persistence: SERVERID",
        "nginx.org/jwt-token: $cookie_auth_token",
        "headers:\n- name: Authorization\n  value: token $github-token",
        "headers:\n- name: Authorization\n  value: Basic $basic-auth",
    ] {
        assert_eq!(mask::text(shown), shown);
        let annotation = json!({ "annotations": { "a": shown } }).to_string();
        assert_eq!(mask::json(&annotation).unwrap(), annotation);
    }
    for (text, shown) in [
        ("docker login --username AWS --password hunter", "docker login --username AWS --password «»"),
        ("api_keys = [\"Zq7hunter22\"]", "api_keys = [\"«»\"]"),
        ("api_keys = [\"Zq7hunter22\", \"Zq7hunter23\"]", "api_keys = [\"«»\"]"),
        ("export PWD=hunter", "export PWD=«»"),
        ("export DB_PWD=/hunter", "export DB_PWD=«»"),
        ("PASSWORD_ENCRYPTION_KEY=hunter", "PASSWORD_ENCRYPTION_KEY=«»"),
        ("app --secret=hunter", "app --secret=«»"),
        ("haproxy.example/cookie-secret: Zq7hunter22", "haproxy.example/cookie-secret: «»"),
        ("Authorization: token Zq7hunter22", "Authorization: token «»"),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
}
