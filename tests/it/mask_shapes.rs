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
        json!({ "values": { "credentialTemplates": { "https-creds": { "username": "bot", "url": "https://x.example" } } } }),
        json!({ "values": { "credentials": { "existingSecret": "velero-aws" } } }),
        json!({ "values": { "externalSecrets": { "environment": "production", "items": ["db"], "remoteKey": "prod/shop" } } }),
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
fn controllers_log_which_secret_they_work_at() {
    let line = |more: Value| {
        let mut line = json!({ "level": "error", "msg": "Reconciler error" });
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        line
    };
    let text = |value: &Value| unmarked(&mask::text(&value.to_string()));
    for shown in [
        line(json!({ "secret": "shop/db-credentials" })),
        line(json!({ "secret": "db" })),
        line(json!({ "sealedSecret": "db", "secretKey": "password" })),
        line(json!({ "secrets": ["db", "redis-auth"], "credentials": "aws-prod" })),
        line(json!({ "key": "user:1234:session", "passwordLastSet": "2026-11-30T10:00:00Z" })),
        json!({ "secret": "prod/shop/db", "externalSecret": "shop/db" }),
        json!({ "PWD": "/app" }),
    ] {
        assert_eq!(text(&shown), shown.to_string());
    }
    for hidden in [
        line(json!({ "secret": "Zq7hunter22" })),
        line(json!({ "secret": "correct hunter battery" })),
        line(json!({ "password": "hunter" })),
        line(json!({ "apiKey": "hunter", "clientSecret": "hunter" })),
        line(json!({ "token": "hunterhunter" })),
        json!({ "secret": "hunter" }),
        json!({ "PWD": "hunter", "DB_PWD": "/hunter" }),
    ] {
        let shown = text(&hidden);
        assert!(shown.contains('«') && !shown.contains("hunter"), "{shown}");
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
        "CORS_CREDENTIALS: include",
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
