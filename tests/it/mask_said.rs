//! What programs say of credentials: with the value in it, or where it would stand.

use argocd_mcp::view::mask;
use serde_json::json;

use crate::mask::unmarked;

#[test]
fn what_is_wrong_with_a_credential_is_shown() {
    for shown in [
        "/app/run.sh: line 3: DB_PASSWORD: unbound variable",
        "api_key: Field required",
        "validation failed: api_key: field required",
        "password: This field is required.",
        "password: This field may not be blank.",
        "password: ensure this value has at least 8 characters",
        "password: Path `password` is required.",
        "api_key: Input should be a valid string",
        "api_key: Extra inputs are not permitted [type=extra]",
        "API_KEY: Variable required",
        "Password: incorrect",
        r#"{"password":["This field is required."]}"#,
        r#"{"errors":{"password":"Must be at least 8 characters"}}"#,
        r#"{"token":"is invalid"}"#,
        "{ DATABASE_PASSWORD: [ 'Required' ] }",
        "{ DATABASE_PASSWORD: [ 'Invalid input: expected string' ] }",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
    for (text, shown) in [
        ("password: this horse battery staple", "password: «» horse battery staple"),
        ("password: hunter is invalid", "password: «» is invalid"),
        ("password: required4you", "password: «»"),
        ("DB_PASSWORD=Input1must", "DB_PASSWORD=«»"),
        (r#"{"password":"this is my secret phrase"}"#, r#"{"password":"«»"}"#),
        (r#"{"password":"must have Zq7hunter22"}"#, r#"{"password":"«»"}"#),
        ("host: x\npassword: correct horse battery staple", "host: x\npassword: «»"),
        ("host: x\npassword: Must Horse battery", "host: x\npassword: «»"),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
}

#[test]
fn code_templates_and_references_name_a_credential_that_stands_elsewhere() {
    for shown in [
        "export DB_PASSWORD=\"{{ .Data.data.password }}\"",
        "password: \"{{ .Values.auth.password | quote }}\"",
        "PASSWORD=${DB_PASSWORD:?must be set}",
        "connection.password = ${secrets:shop/db:password}",
        "connection.password=${directory:/opt/kafka/external/db:password}",
        "database.password: ${strimzienv:DB_PASSWORD}",
        "spring.datasource.password=${sm://db-password}",
        "    api_key=os.environ[\"OPENAI_API_KEY\"],",
        "const apiKey = process.env.API_KEY;",
        "    password=settings.DB_PASSWORD,",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
    for (text, shown) in [
        ("password: \"{{ .p | default \"Zq7hunter22\" }}\"", "password: \"«»\""),
        ("password: \"{{ .a }}-{{ .p | default \"Zq7hunter22\" }}\"", "password: \"«»\""),
        ("PASSWORD=${DB_PASSWORD:?must be set} TOKEN=Zq7hunter22", "PASSWORD=${DB_PASSWORD:?must be set} TOKEN=«»"),
        ("PASSWORD=${DB_PASSWORD:-Zq7hunter22}", "PASSWORD=«»"),
        ("password=${other:Zq7hunter22}", "password=«»"),
        ("password=Settings.DB_PASSWORD7", "password=«»"),
        ("password = hunter_horse(22)", "password = «»"),
        ("os.environ.get(\"DB_PASSWORD\", \"Zq7hunter22\")", "os.environ.get(\"DB_PASSWORD\", \"«»\")"),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
}

#[test]
fn sentences_of_well_known_programs_do_not_tell_their_credential() {
    for (text, shown) in [
        (
            "[Server] A temporary password is generated for root@localhost: Zq7(h;unter22",
            "[Server] A temporary password is generated for root@localhost: «»",
        ),
        ("DETAIL:  Key (api_key)=(Zq7hunter22) already exists.", "DETAIL:  Key (api_key)=(«») already exists."),
        ("Duplicate entry 'Zq7hunter22' for key 'users.api_token'", "Duplicate entry '«»' for key 'users.api_token'"),
        ("Duplicate entry 'Zq7hunter22' for key 'api_key_unique'", "Duplicate entry '«»' for key 'api_key_unique'"),
        (
            "{'loc': ('body', 'password'), 'msg': 'Too short', 'input': 'Zq7hunter22', 'ctx': {}}",
            "{'loc': ('body', 'password'), 'msg': 'Too short', 'input': '«»', 'ctx': {}}",
        ),
        (
            "db_password\n  Value is short [type=too_short, input_value='Zq7hunter22', input_type=str]",
            "db_password\n  Value is short [type=too_short, input_value='«»', input_type=str]",
        ),
        (
            "invalid argument \"Zq7hunter22\" for \"--db-password\" flag",
            "invalid argument \"«»\" for \"--db-password\" flag",
        ),
        (
            "invalid argument \"Zq7hunter22\" for \"-p, --password\" flag",
            "invalid argument \"«»\" for \"-p, --password\" flag",
        ),
        ("Created user \"admin\" (password \"Zq7hunter22\")", "Created user \"admin\" (password \"«»\")"),
        (
            "Field error in object 'user' on field 'password': rejected value [Zq7hunter22]; codes [Size]",
            "Field error in object 'user' on field 'password': rejected value [«»]; codes [Size]",
        ),
        ("Property: app.api-key Value: \"Zq7hunter22\" Reason: x", "Property: app.api-key Value: \"«»\" Reason: x"),
        ("\"password\" with value \"Zq7hunter22\" fails to match", "\"password\" with value \"«»\" fails to match"),
        ("os.Args = [\"app\" \"--token\" \"Zq7hunter22\"]", "os.Args = [\"app\" \"--token\" \"«»\"]"),
        ("Your API key is: Zq7hunter22", "Your API key is: «»"),
        ("Incorrect API key provided: Zq7hunter22. You can", "Incorrect API key provided: «». You can"),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
    for shown in [
        "A temporary password is generated for each user.",
        "DETAIL:  Key (email)=(bob1234567@example.com) already exists.",
        "DETAIL:  Key (token_id)=(17123456) already exists.",
        "Duplicate entry '12345' for key 'tokens.PRIMARY'",
        "Duplicate entry '12345' for key 'users.token_id'",
        "{'loc': ('body', 'mode'), 'msg': 'Too short', 'input': 'fast1234x', 'ctx': {}}",
        "mode\n  Value is short [type=too_short, input_value='fast1234x', input_type=str]",
        "api_key\n  Field required [type=missing, input_value={}, input_type=dict]",
        "invalid argument \"fast1234x\" for \"--mode\" flag",
        "invalid argument \"12345x\" for \"--token-ttl\" flag",
        "on field 'mode': rejected value [fast1234x]; codes [Size]",
        "on field 'password': rejected value [null]; codes [NotNull]",
        "Property: app.mode Value: \"fast1234x\" Reason: x",
        "\"mode\" with value \"fast1234x\" fails to match",
        "[\"app\" \"--token\" \"--mode\" \"fast1234x\"]",
        "no password \"admin-user-name\" known",
        "Your API key is invalid",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
    let mut lines = ["db_password", "  Value is short [type=too_short, input_value='Zq7hunter22', input_type=str]"]
        .map(str::to_owned);
    mask::lines(lines.iter_mut().map(|line| ("web-1", line)));
    assert_eq!(unmarked(&lines[1]), "  Value is short [type=too_short, input_value='«»', input_type=str]");
}

#[test]
fn numbers_and_names_of_secrets_are_no_credentials() {
    for shown in [
        "evicted_keys:102400 expired_keys:123456",
        "secret=shop/db",
        "secret=\"shop/db2\"",
        "x: pullsecret:argocd/ghcr-cred",
        "x: secret:argocd/ghcr-cred#token",
        "vault.hashicorp.com/agent-inject-secret-db-creds: database/creds/shop-ro1",
        "vault.hashicorp.com/agent-inject-file-token: app.token1",
        "vault.hashicorp.com/agent-inject-command-db-creds: kill -HUP 1",
    ] {
        assert_eq!(mask::text(shown), shown);
        let annotations = json!({ "annotations": { "a": shown } }).to_string();
        assert_eq!(mask::json(&annotations).unwrap(), annotations);
    }
    for (text, shown) in [
        ("api_keys:1024000", "api_keys:«»"),
        ("secret=Zq7/hunterkKx", "secret=«»"),
        ("pullsecret:Zq7hunter22", "pullsecret:«»"),
        ("vault.hashicorp.com/agent-token: Zq7hunter22", "vault.hashicorp.com/agent-token: «»"),
        (
            "vault.hashicorp.com/agent-inject-template-db: password=Zq7hunter22",
            "vault.hashicorp.com/agent-inject-template-db: password=«»",
        ),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
}

/// A list of one text keeps its quotes, and a text that has none gets none, in a text as in a text inside of JSON.
#[test]
fn a_mark_leaves_the_quotes_beside_it_as_they_are() {
    for (text, shown) in [
        (r#"headers: {"X-Api-Key":["Zq7hunter22"]}"#, r#"headers: {"X-Api-Key":["«»"]}"#),
        ("struct: {Host:db Password:Zq7hunter22 Port:5432}", "struct: {Host:db Password:«» Port:5432}"),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
        let line = json!({ "line": text }).to_string();
        assert_eq!(unmarked(&mask::json(&line).unwrap()), json!({ "line": shown }).to_string());
    }
}
