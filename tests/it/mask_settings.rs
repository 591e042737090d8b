//! What stands beside credentials and is none: settings below their names, errors and flags behind them.

use argocd_mcp::view::mask;
use serde_json::json;

use crate::mask::unmarked;

#[test]
fn an_error_behind_a_name_is_shown() {
    for text in [
        "failed to read password: permission denied",
        "failed to reset password: context deadline exceeded",
        "could not read password: open /etc/x: no such file",
        "could not read password: secret \"x\" not found",
        "error acquiring token: AADSTS7000222: The provided client secret keys are expired",
        "idtoken: token expired",
        "proto: SecretList: illegal tag 0",
        "java.security.InvalidKeyException: Illegal key size",
        "CredentialUnavailableException: DefaultAzureCredential failed to retrieve",
        "TokenReview: status.authenticated=false",
    ] {
        assert_eq!(mask::text(text), text);
    }
    for text in [
        "\"password\": \"secret\", ",
        "a password: secret\" x",
        "password: secret user: a",
        "failed to log in with password: kqzwvxjt for a",
        "password: hunter now",
    ] {
        assert!(mask::has_mark(&mask::text(text)), "{text}");
    }
}

#[test]
fn a_flag_in_a_sentence_has_no_value() {
    for text in [
        "use --token instead of --token-file",
        "specify --password with --username",
        "the --client-secret parameter is deprecated",
        "flag --token requires a value",
        "--api-key when given",
    ] {
        assert_eq!(mask::text(text), text);
    }
}

#[test]
fn names_of_things_behind_names_of_credentials_are_shown() {
    for text in [
        "references non-existent secret key: ca-bundle-v12345.crt",
        "error processing spec.data[0] (key: prod/db2024/main)",
        "repo secret: repo-1234567890",
        "cluster secret: cluster-kubernetes.default.svc-3396314289",
        "error retrieving secret: eu-central-1",
        "tokens_used: 1234567",
        "admin.passwordMtime: 2019-03-20T17:54:53Z",
        "GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}",
        "AZURE_KEY_VAULT=kv-prod-1",
        "REQUIRE_API_KEY=always",
        "RATE_LIMIT_TOKENS=100000",
    ] {
        assert_eq!(mask::text(text), text);
    }
}

#[test]
fn settings_below_a_name_are_shown_and_credentials_are_not() {
    for values in [
        json!({ "privateKey": { "rotationPolicy": "Always", "algorithm": "ECDSA", "encoding": "PKCS8", "size": 256 } }),
        json!({ "serviceAccountToken": { "audience": "vault", "expirationSeconds": 3607 } }),
        json!({ "tokens": { "accessTokenLifespan": 300, "maxAge": 3600 } }),
        json!({ "credentials": { "type": "IRSA", "region": "eu-west-1", "provider": "aws" } }),
        json!({ "secret": { "type": "Opaque", "annotations": { "helm.sh/hook": "pre-install" } } }),
        json!({ "data": [{ "secretKey": "DB_PASSWORD", "remoteRef": { "key": "prod/db", "property": "pw" } }] }),
    ] {
        let text = json!({ "valuesObject": values }).to_string();
        assert_eq!(mask::json(&text).unwrap(), text);
    }
    for (values, shown) in [
        (json!({ "tokens": { "type": "9m7qkHRhJuz4" } }), r#"{"tokens":{"type":"«»"}}"#),
        (json!({ "tokens": { "backend": "qzwvkxjt" } }), r#"{"tokens":{"backend":"«»"}}"#),
        (json!({ "credentials": { "type": { "a": "9m7qkHRhJuz4" } } }), r#"{"credentials":{"type":{"a":"«»"}}}"#),
        (json!({ "passwords": { "region": "qzwvkxjt" } }), r#"{"passwords":{"region":"«»"}}"#),
    ] {
        let masked = mask::json(&json!({ "valuesObject": values }).to_string()).unwrap();
        assert_eq!(unmarked(&masked), format!(r#"{{"valuesObject":{shown}}}"#));
    }
}

#[test]
fn settings_in_the_lines_below_a_name_are_shown() {
    for text in [
        "serviceAccountToken:\n  audience: vault\n  expirationSeconds: 3607",
        "privateKey:\n  rotationPolicy: Always\n  size: 2048",
        "password:\n  secretKeyRef:\n    name: x1234567y\n    key: password",
        "  tls-secret:\n    Type:        Secret (a volume populated by a Secret)",
    ] {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        mask::lines(lines.iter_mut().map(|line| ("pod", line)));
        assert_eq!(lines.join("\n"), text);
    }
}

#[test]
fn values_in_the_lines_below_a_name_of_json_are_hidden() {
    for (text, shown) in [
        ("\"password\": {\n  \"value\": \"abcd1234\"\n},", "\"password\": {\n  \"value\": \"«»\"\n},"),
        ("\"X-Api-Key\": [\n  \"abcd1234\"\n]", "\"X-Api-Key\": [\n  \"«»\"\n]"),
        ("\"--token\",\n\"abcd1234\"", "\"--token\",\n\"«»\""),
        ("- -redis.password\n- abcd1234", "- -redis.password\n- «»"),
        ("<name>db.password</name>\n<value>abcd1234</value>", "<name>db.password</name>\n<value>«»</value>"),
        (
            "\"secrets\": [\n  {\n    \"name\": \"shop-db\"\n  }\n]",
            "\"secrets\": [\n  {\n    \"name\": \"shop-db\"\n  }\n]",
        ),
    ] {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        mask::lines(lines.iter_mut().map(|line| ("pod", line)));
        assert_eq!(unmarked(&lines.join("\n")), shown);
    }
}

#[test]
fn lists_lines_of_two_words_and_sentences_are_no_credentials() {
    for shown in [
        r#"["token","https://a.example/c1"]"#,
        "('token', 'varchar(255)')",
        r#"["password","required|min:8"]"#,
        r#"["password","Must contain 1 digit"]"#,
        "key spec.template.spec.containers[0].image",
        "token default-token-8s6k9",
        "token kube-system/bootstrap-token-07401b",
        "token bootstrap-token-07401b",
        "secret web-7d9f8c6b5-x2k4p",
        r#"["password","min:8|required|max:20"]"#,
        "('token', 'Str::random(40)')",
        "SSLPassPhraseDialog exec:/usr/share/apache2/ask-for-passphrase",
        "bindpw file:/etc/pw1",
        "bindpw @LDAP_PW1@",
        "credentials ~/.aws/credentials2",
        "secret  *corev1.Secret",
        "bearer tokenreviews.authentication.k8s.io",
        "bearer AADSTS700024: Client assertion is not valid",
        "password is ${DB_PASSWORD1}",
        "password is <set-in-vault1>",
        "kubectl get pods -l app=mysql -pods",
        "error retrieving secret: eu-central-1",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
    for hidden in [
        "secret: argo-workflows-sso2",
        "webhook secret: river-stone-2",
        "bindpw Zk3jQm81VnXa",
        "HTTP_Passwd Wq7kPz93LmTt",
        "mailgun_api_key key-3ax6xnjp29jd6fds4gc373sgvjxteol0",
        "apikey live_8f3a9c2b7d1e4f5a",
        "auth_token prod-8f3a9c2b7d1e4f5a",
        "bindpw river-stone-8f3a",
        "secret tok.8f3a9c2b7d1e",
        "bootstrap token is abcdef.0123456789abcdef",
        "('password', 'Zk3j(Qm81VnXa')",
        r#"["password","Zk3j|Qm81VnXa"]"#,
        "[('api_key', 'Zk3j|Qm81VnXa'), ('host', 'x')]",
        r#"["x-api-key","Zk3jQm81VnXa"]"#,
        "password is Zk3jQm81VnXa",
        "mysql -u root -pZk3jQm81VnXa",
    ] {
        assert!(mask::text(hidden).contains("\u{ab}masked"), "{hidden}");
    }
    let below = |text: &str| mask::json(&format!(r#"{{"valuesObject":{text}}}"#)).unwrap();
    for hidden in [r#"{"token":{"refresh":"s3cr3t"}}"#, r#"{"secret":{"id":"1234567890"}}"#] {
        assert!(below(hidden).contains("\u{ab}masked"), "{}", below(hidden));
    }
    let shown = r#"{"error":"requeue {\"key\":\"argocd/app-1\"}"}"#;
    assert_eq!(mask::json(shown).unwrap(), shown);
}
