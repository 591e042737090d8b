//! What stands beside names of credentials and is none, and credentials that stand where their names do not say so.

use argocd_mcp::view::mask;
use serde_json::{Value, json};

use crate::mask::unmarked;

/// A value of a ConfigMap, masked.
fn file(text: &str) -> String {
    let masked: Value = mask::json(&json!({ "data": { "file": text } }).to_string()).unwrap().parse().unwrap();
    unmarked(masked["data"]["file"].as_str().unwrap())
}

/// JSON, masked.
fn object(value: &Value) -> String {
    unmarked(&mask::json(&value.to_string()).unwrap())
}

#[test]
fn files_of_other_formats_keep_their_lines() {
    for (text, shown) in [
        ("A=http://x\nTOKEN=abcd1234\n", "A=http://x\nTOKEN=«»\n"),
        (
            "LOG_LEVEL=debug\nDB_URL=postgres://app:abcd1234@db/app\nDB_PASSWORD=correct horse battery\nPORT=80\n",
            "LOG_LEVEL=debug\nDB_URL=postgres://app:«»@db/app\nDB_PASSWORD=«»\nPORT=80\n",
        ),
        ("FROM a:1\nENV API_KEY Tr0ub4dor3\nARG TOKEN=abcd1234\n", "FROM a:1\nENV API_KEY «»\nARG TOKEN=«»\n"),
        (
            "bind 0.0.0.0:6379\nrequirepass foobared\nappendonly yes\ntoken=abcd1234",
            "bind 0.0.0.0:6379\nrequirepass «»\nappendonly yes\ntoken=«»",
        ),
        ("x \"y\" { u = \"http://a\", token = \"abcd1234\" }", "x \"y\" { u = \"http://a\", token = \"«»\" }"),
    ] {
        assert_eq!(file(text), shown);
    }
}

#[test]
fn a_switch_takes_no_flag_for_its_value() {
    for (text, shown) in [
        ("run --pass-access-token --cookie-secret OQINaROshtE9TcZk", "run --pass-access-token --cookie-secret «»"),
        ("login --password-stdin --token abcd1234", "login --password-stdin --token «»"),
        ("--pass-access-token, --pass-host-header=true", "--pass-access-token, --pass-host-header=true"),
        (
            "Command '['mysqldump', '--password', 'Tr0ub4dor3']' returned",
            "Command '['mysqldump', '--password', '«»']' returned",
        ),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
    for (args, shown) in [
        (
            json!(["--pass-access-token", "--client-secret", "0a1b2c3d4e5f"]),
            json!(["--pass-access-token", "--client-secret", "«»"]),
        ),
        (json!(["-password", "Tr0ub4dor3", "-v"]), json!(["-password", "«»", "-v"])),
        (json!(["redis-cli", "-a", "Tr0ub4dor3", "ping"]), json!(["redis-cli", "-a", "«»", "ping"])),
        (json!(["mysqladmin", "ping", "-uroot", "-pTr0ub4dor3"]), json!(["mysqladmin", "ping", "-uroot", "-p«»"])),
        (
            json!(["curl", "-H", "A: b", "-u", "admin:Tr0ub4dor3", "http://x"]),
            json!(["curl", "-H", "A: b", "-u", "admin:«»", "http://x"]),
        ),
        (json!(["mongosh", "-u", "root", "-p", "Tr0ub4dor3"]), json!(["mongosh", "-u", "root", "-p", "«»"])),
        (json!(["--basic-auth", "admin:Tr0ub4dor3"]), json!(["--basic-auth", "«»"])),
        (json!(["--secret-id", "84586260-4b54-11ee-be56-0242ac120002"]), json!(["--secret-id", "«»"])),
        (json!(["redis-cli", "-p", 6379, "-a", "Tr0ub4dor3"]), json!(["redis-cli", "-p", 6379, "-a", "«»"])),
        (
            json!(["mysql", "-u", "root", "-pTr0ub4dor3", "-e", "SET x\n  password = \"abcd1234\"\n  tab\tx"]),
            json!(["mysql", "-u", "root", "-p«»", "-e", "SET x\n  password = \"«»\"\n  tab\tx"]),
        ),
    ] {
        assert_eq!(object(&json!({ "args": args })), json!({ "args": shown }).to_string());
    }
    for shown in [
        json!(["serve", "--port", "80", "-v"]),
        json!(["sh", "-c", "set -eu\ngit clone http://gitea:3000\ngit config user.email ci@example.com\nmake all\n"]),
        json!(["--motd", "see http://host:8080 or mail ops@example.com"]),
    ] {
        assert_eq!(object(&json!({ "args": shown })), json!({ "args": shown }).to_string());
    }
    let apart = json!({ "args": ["-a", "Tr0ub4dor3"], "command": ["redis-cli"], "image": "redis" });
    assert_eq!(object(&apart), r#"{"args":["-a","«»"],"command":["redis-cli"],"image":"redis"}"#);
}

#[test]
fn fields_of_kinds_that_hold_keys_are_masked() {
    let key = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    for name in [
        "X-Api-Key",
        "x-api-key",
        "licenseKey",
        "integrationKey",
        "authKey",
        "sessionKey",
        "apiKeys",
        "bindPW",
        "psk",
        "masterKey",
    ] {
        assert_eq!(object(&json!({ "spec": { name: key } })), json!({ "spec": { name: "«»" } }).to_string());
    }
    assert_eq!(object(&json!({ "spec": { "passwords": ["Tr0ub4dor3"] } })), r#"{"spec":{"passwords":["«»"]}}"#);
    let templates =
        json!({ "spec": { "secretTemplates": [{ "name": "x", "stringData": { "license": "Tr0ub4dor" } }] } });
    assert!(!object(&templates).contains("Tr0ub4dor"));
    for shown in [
        json!({ "spec": { "imagePullSecrets": [{ "name": "regcred-12ab" }], "secretKey": "password" } }),
        json!({ "spec": { "secretTemplates": [{ "type": "object", "stringData": { "type": { "type": "object" } } }] } }),
    ] {
        assert_eq!(object(&shown), shown.to_string());
    }
}

#[test]
fn what_has_a_mark_in_it_is_not_masked_for_that() {
    for (text, shown) in [
        ("S3_CREDENTIALS=AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "S3_CREDENTIALS=«»"),
        ("DB_CREDS=Tr0ub4dor3:ghp_abcdefghijklmnopqrstuv", "DB_CREDS=«»:«»"),
        ("token=Bearer abcdefgh12345678", "token=Bearer «»"),
        ("password=postgres://app:Tr0ub4dor3@db", "password=postgres://app:«»@db"),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
}

#[test]
fn credentials_as_programs_print_them_are_masked() {
    for (text, shown) in [
        (
            "map[X-Api-Key:[0a1b2c3d4e5f6071] Accept:[*/*] X-Vault-Token:[abcdefgh12345678]]",
            "map[X-Api-Key:[«»] Accept:[*/*] X-Vault-Token:[«»]]",
        ),
        ("{x-api-key=[0a1b2c3d4e5f], accept=[text/html]}", "{x-api-key=[«»], accept=[text/html]}"),
        ("{\"X-Api-Key\":[]string{\"0a1b2c3d4e5f\"}}", "{\"X-Api-Key\":[]string{\"«»\"}}"),
        ("api_key: SecretString { inner: \"rustsec2\" }", "api_key: SecretString { inner: \"«»\" }"),
        ("gitlab_rails['smtp_password'] = \"Tr0ub4dor3\"", "gitlab_rails['smtp_password'] = \"«»\""),
        ("os.environ[\"DB_PASSWORD\"] = 'Tr0ub4dor3'", "os.environ[\"DB_PASSWORD\"] = '«»'"),
        ("[password] => phparr12", "[password] => «»"),
        ("os.getenv('DB_PASSWORD', 'Tr0ub4dor3')", "os.getenv('DB_PASSWORD', '«»')"),
        ("WITH PASSWORD = N'Tr0ub4dor3'", "WITH PASSWORD = N'«»'"),
        ("<name>fs.s3a.secret.key</name><value>wJalrXUt</value>", "<name>fs.s3a.secret.key</name><value>«»</value>"),
        ("jdbc:sqlserver://h;user=a;password={Tr0ub;4dor3};x=y", "jdbc:sqlserver://h;user=a;password={«»};x=y"),
        ("jdbc:oracle:thin:scott/Tr0ub4dor3@//db:1521/x", "jdbc:oracle:thin:scott/«»@//db:1521/x"),
        ("sentinel auth-pass mymaster Tr0ub4dor3", "sentinel auth-pass mymaster «»"),
        ("Unseal Key 1: hmYbMwuUZ2Dqq5pNhIPBzDQ7bQkYpCbZ0PB2ZsF3xRvX", "Unseal Key 1: «»"),
        (
            "Password for the elastic user (reset with x): Tr0ub4dor3X9",
            "Password for the elastic user (reset with x): «»",
        ),
        ("password for user admin: Tr0ub4dor3", "password for user admin: «»"),
        ("Generated admin password is Tr0ub4dor3", "Generated admin password is «»"),
        ("token is 0a1b2c3d4e5f60718293", "token is «»"),
        ("curl -X POST \\\n  -u admin:Tr0ub4dor3 \\\n http://x", "curl -X POST \\\n  -u admin:«» \\\n http://x"),
        ("masterkey=aB3dE5gH7jK9mN1p dbpwd=aB3dE5gH", "masterkey=«» dbpwd=«»"),
        ("VAULT_SECRET_ID=84586260-4b54-11ee-be56-0242ac120002", "VAULT_SECRET_ID=«»"),
        ("user app on >Tr0ub4dor3 ~* +@all", "user app on >«» ~* +@all"),
        ("set $api_token Zq3hunter;", "set $api_token «»;"),
        ("ConvertTo-SecureString \"P@ss w0rd!\" -AsPlainText", "ConvertTo-SecureString \"«»\" -AsPlainText"),
        ("GRANT ALL IDENTIFIED BY \"dq-pw-1\"", "GRANT ALL IDENTIFIED BY \"«»\""),
        ("secretId: 84586260-4b54-11ee-be56-0242ac120002", "secretId: «»"),
        ("routing_key: 0123456789abcdef0123456789abcdef", "routing_key: «»"),
        ("ldapsearch -x -D cn=admin -w Tr0ub4dor3 -b x", "ldapsearch -x -D cn=admin -w «» -b x"),
        ("sqlcmd -S db -U sa -P \"Tr0ub4dor3\" -Q x", "sqlcmd -S db -U sa -P \"«»\" -Q x"),
        ("cqlsh -u cassandra -p Tr0ub4dor3 host", "cqlsh -u cassandra -p «» host"),
        (
            "az login --service-principal -u app -p Tr0ub4dor3 --tenant x",
            "az login --service-principal -u app -p «» --tenant x",
        ),
        ("etcdctl --user root:Tr0ub4dor3 get x", "etcdctl --user root:«» get x"),
        ("rabbitmqctl add_user bob Tr0ub4dor3", "rabbitmqctl add_user bob «»"),
        ("mc alias set x http://minio admin Tr0ub4dor3", "mc alias set x http://minio admin «»"),
        ("keytool -srcstorepass Tr0ub4dor3 -keypass Tr0ub4dor4", "keytool -srcstorepass «» -keypass «»"),
        ("MYSQLPASS=Tr0ub4dor3 ADMINPW=Tr0ub4dor3 userpwd=Tr0ub4dor3", "MYSQLPASS=«» ADMINPW=«» userpwd=«»"),
        ("[{rabbit,[{default_pass,<<\"Tr0ub4dor3\">>}]}].", "[{rabbit,[{default_pass,<<\"«»\">>}]}]."),
        ("DB_PASSWORD_SOURCE_DB=Zq8hunter44", "DB_PASSWORD_SOURCE_DB=«»"),
        ("bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "bob:«»"),
        ("admin:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/", "admin:«»"),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
}

#[test]
fn names_of_small_letters_without_a_blank_are_masked() {
    for (text, shown) in [
        ("config=map[db-password:Zq7hunter22 port:5432]", "config=map[db-password:«» port:5432]"),
        ("map[data:map[db-password:hunter port:5432]]", "map[data:map[db-password:«» port:5432]]"),
        ("map[users:map[admin/password:Zq8hunter22]]", "map[users:map[admin/password:«»]]"),
        ("map[name:token string:Zq7hunter22]", "map[name:token string:«»]"),
        ("request headers x-api-key:Zq7hunter44aa accept:*/*", "request headers x-api-key:«» accept:*/*"),
        ("curl -H \"x-api-key:abcdef0123456789\" https://x", "curl -H \"x-api-key:«»\" https://x"),
        ("rbac.password:Changeme", "rbac.password:«»"),
        ("client-secret:Zq8hunter22", "client-secret:«»"),
        (
            "fatal: unable to access 'https://abcdefghij234567abcdefghij234567abcd:@dev.azure.com/x'",
            "fatal: unable to access 'https://«»:@dev.azure.com/x'",
        ),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
    for shown in
        ["auth-token:apps/Deployment:shop/auth-token-1", "auth-token:1.25.0-alpine", "http://auth-token:8080/x1"]
    {
        assert_eq!(mask::text(shown), shown);
    }
}

#[test]
fn a_word_in_quotes_says_nothing_of_what_follows_it() {
    for shown in [
        "MountVolume.SetUp failed for volume \"db-secret\" : secret \"db-credentials\" not found",
        "Readiness probe failed: Get \"http://10.0.0.1:8080/auth/token\": dial tcp 10.0.0.1:8080: connect: connection refused",
        "evalsymlink failure on '/tmp/a1/kmiss/db-secret' : lstat /tmp/a1: no such file",
        "failed to get secret \"github-token\": secrets \"github-token\" not found",
        "failed calling webhook \"validate.externalsecret.external-secrets.io\": x509: certificate signed by unknown authority",
        "failed to fetch oauth token: Post \"https://auth.docker.io/token\": net/http: TLS handshake timeout",
        "pods \"token\": forbidden",
        "open \"/etc/app/secret\": permission denied",
        "accumulating resources from 'secret.yaml': open /tmp/x/secret.yaml: no such file",
        "pull access denied for \"shop/secret\": repository does not exist",
        "unattached volumes=[app-token default-token-4kz2p]: timed out waiting",
        "{\"msg\":\"open \\\"/etc/app/secret\\\": permission denied\"}",
        "spec.auth.password: Forbidden: may not be set",
        "spec.tolerations[0].key: Invalid value: \"foo bar\": name part must consist of",
        "env[0].valueFrom.secretKeyRef.key: Required value",
        "not authorized to perform: GetSecretValue on resource: arn:aws:secretsmanager:eu-west-1:123:secret:prod/db-AbCdEf12",
        "can't find the specified secret: prod/payments/db2",
        "KeyVault secret: https://kv1.vault.azure.net/secrets/x12 not found",
        "error: --token flag is required",
        "the --password flag must be used with --username",
        "--hide-secret flag",
        "${DB_PASSWORD:?required}",
        "key=order-12345 lockKey=ab12cd34 row_key=ab12cd34 group.key=ab12cd34 GET key=user:1234",
        "S3 key: backups/2024-11-30/db1.dump",
        "invalid literal source x, expected key=value",
        "newKeyIDHash=\"sha256:0a1b2c3d\" PASS_THROUGH=headers max_keys: 10000 matchKey: clusterName",
        "public key: ssh-ed25519 AAAA refreshTokenThreshold: 5xx1 OLDPWD=/app/x BYPASS=abcd1234",
        "r.key=='foo' && r.operator=='In'",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
    for (text, shown) in [
        ("{\"password\": abcd,", "{\"password\": «»,"),
        ("a\\n\"password\": abcd", "a\\n\"password\": «»"),
        ("said \"db-token\": Zq7hunter22", "said \"db-token\": «»"),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
}

#[test]
fn what_is_said_of_credentials_is_shown() {
    for shown in [
        "resource rbac.authorization.k8s.io:ClusterRole is not permitted in project x",
        "Failed to watch *v1.Secret: failed to list *v1.Secret: secrets is forbidden: User \"x\" cannot list",
        "auth.password: String length must be greater than or equal to 8",
        "password: must not be blank",
        "synced key=default/web-7d4b9c8f-x2x4k",
        "Secret=\"default/web-tls-1a2b\" ExternalSecret=default/regcred-12ab secret=db-creds-2024",
        "KeyError: 'user_id2024'",
        "ACCESS_TOKEN_LIFETIME=3600 TOKEN_REFRESH=30s --cookie-expire=168h USE_API_KEY=1 PASSWORD_ENCODER=bcrypt",
        "COOKIE_SAMESITE=strict SHARD_KEY=user_id KEY_BITS=2048 REFRESH_TOKEN_DAYS=1000",
        "password of the user is expired",
        "the token is invalid",
        "password for user admin: authentication failed",
        "secrets: [am-smtp, istio.default]",
        "sum(rate(ops_requests_duration_seconds_bucket[5m]))",
        "the token is base64 encoded, the password is PBKDF2 derived, bearer token is RS256-signed",
        "rewrite ^/a/(.*)$ /$1$/b/cdefghijklmnopqrstuvw break;",
        "curl -d \"ts=$(date -u +%Y-%m-%dT%H:%M:%SZ)\" http://x",
        "mongodump --uri x -port 27017",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
    for shown in [
        json!({ "values": { "clientSecret": "$oidc.okta.clientSecret", "secret": "$dex-secret:clientSecret" } }),
        json!({ "values": { "password": "<path:secret/data/app#password>", "token": "op://vault/item/token" } }),
        json!({ "data": { "DB_PASSWORD": "{{ .password }}", "token": "********" } }),
        json!({ "data": { "token": "$slack-token", "password": "$email-password", "privateKey": "$github-privateKey" } }),
        json!({ "headers": [{ "name": "Authorization", "value": "Bearer $github-token" }] }),
        json!({ "data": { "token": "{{ index .data \"token\" }}", "password": "((db-token))", "apiKey": "#{token}" } }),
        json!({ "data": { "token": "__TOKEN__", "apiKey": "%TOKEN%", "password": "<+secrets.getValue(\"db-token\")>" } }),
        json!({ "values": { "password": { "name": "rw", "key": "admin-password" }, "token": "<your-token>" } }),
        json!({ "values": { "extraEnvVarsSecret": "pg-extra", "envFromSecret": "grafana-env", "userKey": "admin-user" } }),
    ] {
        assert_eq!(object(&shown), shown.to_string());
    }
    assert_eq!(unmarked(&mask::text("password=vault:s3cr3t/x")), "password=«»");
    let line = r#"{"level":"error","secret":{"kind":"Secret","data":{"a":"x"}},"error":"not found"}"#;
    let mut lines = [line.to_owned()];
    mask::lines(lines.iter_mut().map(|line| ("pod", line)));
    assert_eq!(lines[0], line);
    let logged = r#"{"controller":"secret","Secret":{"name":"web-tls-1a2b","namespace":"default"}}"#;
    assert_eq!(mask::text(logged), logged);
}
