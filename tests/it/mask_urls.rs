//! Passwords in URLs, what programs say of those they cannot read, and what others have hidden in them.

use argocd_mcp::view::mask;

use crate::mask::unmarked;

#[test]
fn a_user_that_is_a_credential_does_not_show_the_password_behind_it() {
    for (text, shown) in [
        ("https://AKIAIOSFODNN7EXAMPLE:Zq7hunter22@git.x/x.git", "https://«»:«»@git.x/x.git"),
        ("sqs://AKIAIOSFODNN7EXAMPLE:wJalrXUt/K7MDENG/bPx@", "sqs://«»:«»@"),
        ("https://ghp_abcdefghijklmnopqrstuvwxyz0123456789:Zq7hunter22@github.com/x", "https://«»:«»@github.com/x"),
        ("https://eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln:Zq7hunter22@x.com", "https://«»:«»@x.com"),
        ("curl -u AKIAIOSFODNN7EXAMPLE:Zq7hunter22 https://x", "curl -u «»:«» https://x"),
        ("AKIAIOSFODNN7EXAMPLE:Zq7hunter22@tcp(db:3306)/shop", "«»:«»@tcp(db:3306)/shop"),
        ("s3fs: AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "s3fs: «»"),
        (
            "https://ghp_abcdefghijklmnopqrstuvwxyz0123456789:x-oauth-basic@github.com/x",
            "https://«»:x-oauth-basic@github.com/x",
        ),
        ("https://ghp_abcdefghijklmnopqrstuvwxyz0123456789@github.com/x", "https://«»@github.com/x"),
        ("https://my-org-with-words@dev.azure.com/x", "https://my-org-with-words@dev.azure.com/x"),
        ("AKIAIOSFODNN7EXAMPLE: AccessDenied", "«»: AccessDenied"),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
}

/// A password with a `/`, a `#` or a `?` in it ends where the port of the URL would.
#[test]
fn what_is_said_of_a_port_does_not_tell_the_password() {
    for (text, shown) in [
        (
            "parse \"https://bob:Zq7hunter/9x@git.x/x.git\": invalid port \":Zq7hunter\" after host",
            "parse \"https://bob:«»@git.x/x.git\": invalid port \":«»\" after host",
        ),
        (
            "parse \"redis://:correct#a@r:6379\": invalid port \":correct\" after host",
            "parse \"redis://:«»@r:6379\": invalid port \":«»\" after host",
        ),
        (
            r#"err="parse \"https://bob:correct/9x@git.x\": invalid port \":correct\" after host""#,
            r#"err="parse \"https://bob:«»@git.x\": invalid port \":«»\" after host""#,
        ),
        (
            "parse \"postgres://app:xxxxx@db/shop\": invalid port \":Zq7hunter\" after host",
            "parse \"postgres://app:xxxxx@db/shop\": invalid port \":«»\" after host",
        ),
        ("Port could not be cast to integer value as 'p4ss'", "Port could not be cast to integer value as '«»'"),
        ("For input string: \"Zq7hunter22@db\"", "For input string: \"«»@db\""),
        (
            "parse \"postgres://app:Zq7hunter@db:$PORT/x\": invalid port \":$PORT\" after host",
            "parse \"postgres://app:«»@db:$PORT/x\": invalid port \":$PORT\" after host",
        ),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
    for shown in [
        "parse \"http://redis:tcp://10.0.0.1:6379\": invalid port \":tcp:\" after host",
        "parse \"http://10.0.0.1:80:80\": invalid port \":80:80\" after host",
        "parse \"http://svc:8080a/x\": invalid port \":8080a\" after host",
        "parse \"http://svc:metrics/x\": invalid port \":metrics\" after host",
        "parse \"http://svc:${PORT}/x\": invalid port \":${PORT}\" after host",
        "Port could not be cast to integer value as 'tcp:'",
        "Port could not be cast to integer value as '<port1>'",
        "For input string: \"abc12\"",
        "For input string: \"bob@example.com\"",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
}

/// A mark in the place of another would make two of what is the same.
#[test]
fn what_others_have_hidden_is_shown() {
    for shown in [
        "Repo: \"https://bob:***@x/y\", Get \"https://bob:xxxxx@x/y\"",
        "ssl.keystore.password = [hidden]",
        "password=[hidden] password: [FILTERED] token=xxxxxxxx pwd=<redacted> secret=(hidden)",
        "\"password\"=>\"[FILTERED]\"",
        "password=****** token: ***REDACTED*** secret=[MASKED]",
    ] {
        assert_eq!(mask::text(shown), shown);
    }
    for (text, shown) in [
        ("password=xxxxx1", "password=«»"),
        ("password=[hiddenZq8]", "password=[«»]"),
        ("https://bob:xxyyxx@x/y", "https://bob:«»@x/y"),
    ] {
        assert_eq!(unmarked(&mask::text(text)), shown);
    }
}
