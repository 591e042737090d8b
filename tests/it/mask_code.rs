//! What commands, code, and what programs say of their flags has to do with credentials.

use argocd_mcp::view::mask;
use serde_json::json;

use crate::mask::unmarked;

fn assert_shown(texts: &[&str]) {
    for text in texts {
        assert_eq!(mask::text(text), *text);
    }
}

fn assert_hidden(texts: &[(&str, &str)]) {
    for (text, shown) in texts {
        assert_eq!(unmarked(&mask::text(text)), *shown);
    }
}

#[test]
fn a_variable_in_an_address_is_shown() {
    assert_shown(&[
        "postgres://$(USER):$(PASSWORD)@db/app",
        "DATABASE_URL=postgres://${DB_USER}:${DB_PASSWORD}@db/app",
        "redis://:$PASSWORD@redis:6379/0",
        "https://oauth2:${GIT_TOKEN}@git.example.com/a.git",
        "postgres://%s:%s@db/app",
    ]);
    assert_hidden(&[
        ("postgres://app:${PASSWORD:-Tr0ub4dor3}@db/app", "postgres://app:«»@db/app"),
        ("redis://:$ommerzeit@redis:6379/0", "redis://:«»@redis:6379/0"),
        ("postgres://u:$SOMMERZEIT24@db/app", "postgres://u:«»@db/app"),
        ("postgres://u:$(ommerzeit@db/app", "postgres://u:«»@db/app"),
    ]);
}

#[test]
fn the_help_of_a_program_is_shown() {
    assert_shown(&[
        "      --auth-token string   Token used to sign in\n  -p, --password string     Password",
        "  -token string\n    \tToken used to sign in",
        "      --issuer-ambient-credentials          Whether an issuer may use ambient credentials",
        "      --s3.secret-access-key string   Key",
    ]);
    assert_hidden(&[
        ("run --password string1 --x", "run --password «» --x"),
        ("run --auth-token strings-4you", "run --auth-token «»"),
        ("--token     Hunter  --verbose", "--token     «»  --verbose"),
    ]);
}

#[test]
fn code_that_gets_a_credential_is_shown() {
    assert_shown(&[
        "    token = f.read().strip()",
        "const password = req.body.password;",
        "    const token = get_token()",
        "`automountServiceAccountToken: false`",
    ]);
    assert_hidden(&[
        ("password = summer(2024)", "password = «»"),
        ("password = hunter.two", "password = «»"),
        ("password=get_token()", "password=«»"),
        ("spring.datasource.password = prod.password", "spring.datasource.password = «»"),
        ("secret = geheim()", "secret = «»"),
    ]);
}

#[test]
fn what_code_takes_instead_of_a_variable_is_masked() {
    assert_hidden(&[
        ("url: process.env.DB_PASSWORD || 'sommerzeit'", "url: process.env.DB_PASSWORD || '«»'"),
        ("x = ENV['DB_PASSWORD'] || 'sommerzeit'", "x = ENV['DB_PASSWORD'] || '«»'"),
        ("x = os.getenv(\"DB_PASSWORD\") or \"sommerzeit\"", "x = os.getenv(\"DB_PASSWORD\") or \"«»\""),
        ("ENV.fetch(\"DB_PASSWORD\", \"sommerzeit\")", "ENV.fetch(\"DB_PASSWORD\", \"«»\")"),
        ("env(\"SECRET_KEY\", default=\"sommerzeit\")", "env(\"SECRET_KEY\", default=\"«»\")"),
        ("viper.SetDefault(\"db.password\", \"sommerzeit\")", "viper.SetDefault(\"db.password\", \"«»\")"),
    ]);
    assert_shown(&["os.getenv(\"LOG_LEVEL\", \"info\")", "port = process.env.PORT || '8080'"]);
}

#[test]
fn what_is_piped_or_given_to_a_command_is_masked() {
    assert_hidden(&[
        ("echo sommerzeit | docker login -u a --password-stdin r", "echo «» | docker login -u a --password-stdin r"),
        ("echo \"bob:sommerzeit\" | chpasswd", "echo \"«»\" | chpasswd"),
        ("pulumi config set --secret dbPassword sommerzeit", "pulumi config set --secret dbPassword «»"),
        ("cosign login reg -u bob -p sommerzeit", "cosign login reg -u bob -p «»"),
        ("\"CONFIG\" \"SET\" \"requirepass\" \"sommerzeit\"", "\"CONFIG\" \"SET\" \"requirepass\" \"«»\""),
        (
            "\"ACL\" \"SETUSER\" \"bob\" \"on\" \">sommerzeit\" \"~app:*\"",
            "\"ACL\" \"SETUSER\" \"bob\" \"on\" \">«»\" \"~app:*\"",
        ),
        ("CREATE USER shop IDENTIFIED BY sommerzeit;", "CREATE USER shop IDENTIFIED BY «»;"),
        ("fastcgi_param DB_PASSWORD sommerzeit;", "fastcgi_param DB_PASSWORD «»;"),
        ("  HTTP_Passwd sommerzeit\n  Port 80", "  HTTP_Passwd «»\n  Port 80"),
        (
            "INSERT INTO `users` (`name`,`password`) VALUES (\"bob\",\"sommerzeit\")",
            "INSERT INTO `users` (`name`,`password`) VALUES (\"bob\",\"«»\")",
        ),
        ("AUTH PLAIN AHNob3AAc29tbWVyemVpdA==", "AUTH PLAIN «»"),
        ("---> PASS sommerzeit", "---> PASS «»"),
        ("NEO4J_AUTH=neo4j/sommerzeit", "NEO4J_AUTH=«»"),
        ("BASIC_AUTH=admin:20241130", "BASIC_AUTH=«»"),
        ("<security>\n  shared_key sommerzeit", "<security>\n  shared_key «»"),
        (
            "INSERT INTO u (name, password) VALUES (\"a\"::text, 'sommerzeit')",
            "INSERT INTO u (name, password) VALUES (\"a\"::text, '«»')",
        ),
        (
            "INSERT INTO u (j, password) VALUES ('{\"a\":1}'::jsonb, 'sommerzeit')",
            "INSERT INTO u (j, password) VALUES ('{\"a\":1}'::jsonb, '«»')",
        ),
        (
            "\"ACL\" \"SETUSER\" \"bob\" \"on\" \">sommerzeit\" \">winterzeit\" \"~*\"",
            "\"ACL\" \"SETUSER\" \"bob\" \"on\" \">«»\" \"~*\"",
        ),
        ("CONNECT shop/sommerzeit@//db:1521/XEPDB1", "CONNECT shop/«»@//db:1521/XEPDB1"),
        (
            r#"sql="INSERT INTO users (name, password) VALUES (\"bob\", 'sommerzeit')""#,
            r#"sql="INSERT INTO users (name, password) VALUES (\"bob\", '«»')""#,
        ),
        (
            r#"INSERT INTO users (name, password) VALUES ("O\"Brien", 'sommerzeit'), (N"a", N'winterzeit')"#,
            r#"INSERT INTO users (name, password) VALUES ("O\"Brien", '«»'), (N"a", N'«»')"#,
        ),
    ]);
    assert_shown(&[
        "echo done | tee /dev/stderr",
        "--- PASS: TestPassword (0.00s)",
        "The user is identified by the following",
        "GRPC_AUTH=localhost:4317",
        "IMAGE_AUTH=registry.corp/auth:v1.2.3",
        "KAFKA_AUTH=SASL_SSL:PLAIN",
        "db_password missing",
        "shared_key mismatch",
        "> PASS src/app.test.js",
        "echo \"root:${PW}\" | chpasswd",
        "list rbac.authorization.k8s.io:Role:shop/reader",
        "CONNECT pods/exec is not allowed",
        "504 5.5.4 AUTH PLAIN mechanism not supported",
        "GET /healthz -> PASS (12ms)",
        "ALTER USER bob IDENTIFIED BY RANDOM PASSWORD",
        "config(\"sort_key\", \"created_at\")",
        "NEO4J_AUTH=none",
    ]);
}

#[test]
fn an_address_that_is_a_credential_is_masked() {
    let id = "0b1f2a9c-7d3e-4f21-9a5b-3c6d7e8f9a0b";
    assert_hidden(&[
        (&format!("https://hc-ping.com/{id}"), "https://hc-ping.com/«»"),
        (
            &format!("https://open.feishu.cn/open-apis/bot/v2/hook/{id}"),
            "https://open.feishu.cn/open-apis/bot/v2/hook/«»",
        ),
        ("https://chat.example.com/hooks/x7fk3n9q2m5w8r1t4y6u0pzabc", "https://chat.example.com/hooks/«»"),
        ("x-honeycomb-team=V9xKq2mN8pR4abcd", "x-honeycomb-team=«»"),
    ]);
    assert_shown(&[
        "at /app/src/hooks/useIsomorphicLayoutEffect.ts:12:5",
        "./src/hooks/useNotificationCenter/useNotificationCenterState.ts",
        "https://example.com/hooks/github",
        "https://grafana.example.com/alert/list",
    ]);
}

#[test]
fn keys_of_logs_and_stores_are_shown() {
    let encoder =
        json!({"timeKey": "timestamp", "levelKey": "severity", "callerKey": "caller", "stacktraceKey": "stacktrace"});
    let parameters = json!([{"name": "timeKey", "value": "timestamp"}]);
    for value in [json!({"data": {"zap": encoder}}), json!({ "parameters": parameters })] {
        assert_eq!(mask::json(&value.to_string()).unwrap(), value.to_string());
    }
    assert_shown(&[
        "NoSuchKey: The specified key does not exist. Key: backups/2026-11-30T19-00-00/db.dump.gz",
        "event_key: order.created",
    ]);
    assert_hidden(&[
        ("INNGEST_EVENT_KEY=V9xKq2mN8pR4V9xKq2mN8pR4", "INNGEST_EVENT_KEY=«»"),
        ("EVENT_KEY=Xy7kQ2mN8pRabc12", "EVENT_KEY=«»"),
        ("DB_PASSWORD: sommer.creds", "DB_PASSWORD: «»"),
        ("auth-token.shop:Bearer:V9xKq2mN8pR4abc", "auth-token.shop:«»"),
        ("spring.datasource.password.prod:Sommer:Zeit24", "spring.datasource.password.prod:«»"),
    ]);
}

#[test]
fn the_words_of_a_command_may_be_parameters() {
    let parameter = |name: &str, value: &str| json!({"name": name, "value": value});
    let shown = |value: &str| {
        let helm = json!({"parameters": [parameter("args[0]", "--api-key"), parameter("args[1]", value)]});
        unmarked(&mask::json(&helm.to_string()).unwrap())
    };
    assert!(shown("sommerzeit").contains(r#"{"name":"args[1]","value":"«»"}"#));
    assert!(shown("--verbose").contains("--verbose"));
    let helm = json!({"parameters": [parameter("args[0]", "--require-token"), parameter("args[1]", "serve")]});
    assert_eq!(mask::json(&helm.to_string()).unwrap(), helm.to_string());
}
