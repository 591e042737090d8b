//! Values that stand apart from their names.

use argocd_mcp::view::mask;

use crate::mask::unmarked;

#[test]
fn a_value_of_helm_is_hidden_whose_name_is_another_parameter() {
    for (text, shown) in [
        (
            "helm template . --set env[0].name=DB_PASSWORD --set env[0].value=Zq7hunter22 --include-crds",
            "helm template . --set env[0].name=DB_PASSWORD --set env[0].value=«» --include-crds",
        ),
        (
            "--set 'env[2].name=API_TOKEN,env[2].value=Zq7hunter22,env[3].name=MODE,env[3].value=fast1234x'",
            "--set 'env[2].name=API_TOKEN,env[2].value=«»,env[3].name=MODE,env[3].value=fast1234x'",
        ),
        (
            r"--set a.env[0].value=Zq7\,hunter22 --set image.tag=v1 --set-string a.env[0].name=DB_PASSWORD",
            "--set a.env[0].value=«» --set image.tag=v1 --set-string a.env[0].name=DB_PASSWORD",
        ),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
    for shown in [
        "--set env[0].name=DB_PASSWORD_FILE --set env[0].value=/run/x1 --set env[1].name=TOKEN --set env[1].value=true",
        "--set env[0].name=DB_PASSWORD --set env[1].value=fast1234x --set a.env[0].value=fast1234x",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
}

/// Argo CD writes the command that failed without quotes.
#[test]
fn a_value_with_blanks_in_the_command_of_argocd_goes_to_the_next_flag() {
    let command = |sets: &str| {
        format!(
            "failed: `helm template . --name-template r1 --namespace x {sets} <api versions removed> --include-crds` failed exit status 1: Error: a --b c"
        )
    };
    for (sets, shown) in [
        (
            "--set auth.password=my horse 22 --set image.tag=v1 --values /tmp/x",
            "--set auth.password=«» --set image.tag=v1 --values /tmp/x",
        ),
        (
            "--set-string env[0].name=DB_PASSWORD --set env[0].value=my horse 22 --set a.note=to be seen --values /tmp/x",
            "--set-string env[0].name=DB_PASSWORD --set env[0].value=«» --set a.note=to be seen --values /tmp/x",
        ),
        ("--set auth.password=abcd1234 --values /tmp/x", "--set auth.password=«» --values /tmp/x"),
        ("--set tokenTTL=to be seen --values /tmp/x", "--set tokenTTL=to be seen --values /tmp/x"),
    ] {
        assert_eq!(unmarked(&mask::text(&command(sets))), command(shown));
    }
    let shell = "helm template . --set auth.password=abcd1234 -f values.yaml && echo done";
    assert_eq!(unmarked(&mask::text(shell)), shell.replace("abcd1234", "«»"));
}

/// Templates of Argo Workflows and Tekton have defaults and choices; who checks a request repeats what is wrong in it.
#[test]
fn what_stands_for_a_value_beside_the_name_of_a_credential_is_hidden() {
    for (json, shown) in [
        (r#"{"name":"password","default":"Zq7hunter22"}"#, r#"{"name":"password","default":"«»"}"#),
        (
            r#"{"default":"Zq7hunter22","name":"token","value":"Zq7hunter22","description":"a token"}"#,
            r#"{"default":"«»","name":"token","value":"«»","description":"a token"}"#,
        ),
        (
            r#"{"type":"too_short","loc":["body","password"],"msg":"Too short","input":"Zq7hunter22"}"#,
            r#"{"type":"too_short","loc":["body","password"],"msg":"Too short","input":"«»"}"#,
        ),
        (r#"{"field":"password","rejectedValue":"Zq7hunter22"}"#, r#"{"field":"password","rejectedValue":"«»"}"#),
        (r#"{"value":"Zq7hunter22","param":"password"}"#, r#"{"value":"«»","param":"password"}"#),
    ] {
        assert_eq!(unmarked(&mask::json(json).unwrap()), shown);
        assert_eq!(unmarked(&mask::text(&format!("10:00 {json}"))), format!("10:00 {shown}"));
    }
    for shown in [
        r#"{"name":"mode","default":"fast1234x","enum":["fast1234x","slow1234x"],"input":"fast1234x"}"#,
        r#"{"name":"existingSecret","default":"db-cred2"}"#,
        // Who offers a choice has no secrets in it.
        r#"{"name":"auth-token","enum":["basic1234","oauth2345"]}"#,
        r#"{"name":"token","default":"","enum":[],"value":null}"#,
        r#"{"type":"missing","loc":["body","password"],"msg":"Field required","input":{"user":"bob12345"}}"#,
        r#"{"type":"too_short","loc":["body","mode"],"input":"fast1234x"}"#,
        r#"{"name":"read_secret","input":{"path":"shop/db12345"}}"#,
    ] {
        assert_eq!(mask::json(shown).unwrap(), shown);
    }
}
