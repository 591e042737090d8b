//! The command line: commands, exit codes, and what is printed where.

use serde_json::{Value, json};

use crate::{
    http::{self, Server},
    replay::Replay,
    stdio_client::run,
};

#[test]
fn the_version_names_both_releases() {
    let (code, stdout, _) = run(&["--version"], &[]);
    assert_eq!(
        (code, stdout),
        (
            0,
            format!("argocd-mcp {} (Argo CD {})\n", env!("CARGO_PKG_VERSION"), argocd_mcp::argocd::operations::RELEASE)
        )
    );
}

#[test]
fn usage_mistakes_exit_with_64() {
    for arguments in [
        &["bogus"] as &[&str],
        &["stdio", "--bogus"],
        &["--timeout", "0", "stdio"],
        &["--timeout=soon", "tools"],
        &["tools", "--format", "yaml"],
        &[],
    ] {
        let (code, stdout, stderr) = run(arguments, &[]);
        assert_eq!((code, stdout.as_str()), (64, ""), "{arguments:?}");
        assert!(stderr.contains("--help") || stderr.contains("Usage: "), "{arguments:?}: {stderr}");
    }
    assert_eq!(run(&["--help"], &[]).0, 0);
    let (code, _, stderr) = run(&["list_applications"], &[]);
    assert!(code == 64 && stderr.contains("It is a tool: argocd-mcp call list_applications"), "{stderr}");
}

#[test]
fn settings_that_cannot_be_used_exit_with_64_and_no_secret() {
    for (variables, said) in [
        (
            &[("ARGOCD_BASE_URL", "argocd.example.com")] as &[(&str, &str)],
            "ARGOCD_BASE_URL: the base URL `argocd.example.com` is not a URL",
        ),
        (&[("ARGOCD_BASE_URL", "$ARGOCD_URL")], "ARGOCD_BASE_URL: the base URL $ARGOCD_URL is a placeholder"),
        (&[("ARGOCD_BASE_URL", "'<SECRET>'")], "ARGOCD_BASE_URL: the base URL is a placeholder"),
        (
            &[("ARGOCD_BASE_URL", "ftp://argocd.example.com")],
            "ARGOCD_BASE_URL: the base URL `ftp://argocd.example.com` is not http or https",
        ),
        (
            &[("ARGOCD_BASE_URL", "https://me:SECRET@argocd.example.com")],
            "ARGOCD_BASE_URL: the base URL contains a user name or a password",
        ),
        (
            &[("ARGOCD_BASE_URL", "https://argocd.example.com"), ("ARGOCD_API_TOKEN", "SEC\u{1}RET")],
            "the token in ARGOCD_API_TOKEN has characters that no token has",
        ),
        (
            &[(
                "ARGOCD_BASE_URL",
                "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhcmdvY2QiLCJzdWIiOiJhZ2VudDphcGlLZXkiLCJpYXQiOjE3NjM4NDgwMDB9.SECRET",
            )],
            "ARGOCD_BASE_URL: the base URL is not a URL",
        ),
        (&[("ARGOCD_MCP_LOG_LEVEL", "a=b=c")], "the log filter cannot be read"),
        (&[("ARGOCD_MCP_LOG_LEVEL", "inof")], "`inof` is not a log level (did you mean `info`?)"),
        (&[("ARGOCD_MCP_TIMEOUT", "soon")], "invalid value 'soon' for '--timeout <SECONDS>'"),
    ] {
        let (code, stdout, stderr) = run(&["stdio"], variables);
        assert_eq!((code, stdout.as_str()), (64, ""), "{variables:?}: {stderr}");
        assert!(stderr.contains(said) && !stderr.contains("SECRET") && !stderr.contains("RET\""), "{stderr}");
    }
}

#[test]
fn what_the_environment_sets_for_its_base_url_goes_nowhere_else() {
    let server = Server::answering(200, "application/json", r#"{"items":[]}"#);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "lab").unwrap();
    let same = format!("{}/", server.url);
    for (own, flags, token) in [
        ("https://argocd.example.com", vec![], ""),
        ("https://argocd.example.com", vec!["--token-file", file.to_str().unwrap()], "lab"),
        (same.as_str(), vec![], "agent"),
    ] {
        let own_settings =
            [("ARGOCD_BASE_URL", own), ("ARGOCD_API_TOKEN", "agent"), ("ARGOCD_EXTRA_HEADERS", "X-Own: 1")];
        let arguments = [&["call", "list_clusters", "--base-url", &server.url], flags.as_slice()].concat();
        let (_, _, stderr) = run(&arguments, &own_settings);
        let (is_own, requests) = (own == same, server.take_requests());
        assert_eq!(requests.is_empty(), token.is_empty(), "{stderr}");
        assert!(requests.iter().all(|request| request.token() == token), "{own} {stderr}");
        assert!(requests.iter().all(|request| request.headers.contains_key("x-own") == is_own));
        assert_eq!(stderr.contains("not used: ARGOCD_API_TOKEN, ARGOCD_EXTRA_HEADERS"), !is_own, "{stderr}");
    }
    // A flag counts although a variable says the same.
    let file = file.to_str().unwrap();
    let variables = [("ARGOCD_BASE_URL", "https://argocd.example.com"), ("ARGOCD_API_TOKEN_FILE", file)];
    for (flags, asks) in [(vec![], false), (vec!["--token-file", file], true)] {
        let arguments = ["call", "list_clusters", "--base-url", &server.url];
        let (_, _, stderr) = run(&[&flags[..], &arguments].concat(), &variables);
        assert_eq!(!server.take_requests().is_empty(), asks, "{stderr}");
        assert_eq!(stderr.contains("not used: ARGOCD_API_TOKEN_FILE"), !asks, "{stderr}");
    }
}

#[test]
fn an_entry_for_another_base_url_has_no_place_for_the_token_of_this_one() {
    let own = [("ARGOCD_BASE_URL", "https://me:hunter2@argocd.example.com"), ("ARGOCD_API_TOKEN", "agent")];
    let install = ["install", "cursor", "--print", "--base-url", "https://lab.example.com"];
    let (code, stdout, stderr) = run(&install, &own);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("lab.example.com") && !stdout.contains("ARGOCD_API_TOKEN"), "{stdout}");
    assert!(!stderr.contains("hunter2"), "{stderr}");
}

#[test]
fn switches_are_taken_as_other_command_lines_have_them() {
    for (arguments, read_only) in [
        (&["tools", "--read-only"] as &[&str], true),
        (&["--read-only", "true", "tools"], true),
        (&["tools", "--read-only", "false"], false),
        (&["tools", "--no-read-only"], false),
    ] {
        let (code, stdout, stderr) = run(arguments, &[("MCP_READ_ONLY", "true")]);
        assert_eq!((code, stdout.contains("sync_application")), (0, !read_only), "{arguments:?} {stderr}");
    }
    for arguments in [
        &["--read-only", "tools", "--read-only=false"] as &[&str],
        &["--read-only", "tools", "--no-read-only"],
        &["--read-only=false", "tools", "--read-only"],
        &["--timeout", "5", "tools", "--timeout=6"],
        &["--base-url=https://a.example.com", "call", "list_clusters", "--base-url", "https://b.example.com"],
    ] {
        let (code, stdout, stderr) = run(arguments, &[]);
        assert_eq!((code, stdout.as_str()), (64, ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains("stands before the command and behind it, with two values"), "{arguments:?}: {stderr}");
    }
    let same = ["--read-only", "--timeout=5", "tools", "--read-only", "--timeout", "5"];
    assert_eq!(run(&same, &[]).0, 0);
    let (code, _, stderr) = run(&["http", "--no-port"], &[]);
    assert!(code == 64 && stderr.contains("--no-port"), "{stderr}");
}

#[test]
fn what_is_no_value_of_a_flag_is_told_with_what_is() {
    for (flag, said) in [
        ("--timeout=soon", "expected a whole number from 1 to 600"),
        ("--max-body=1", "expected a whole number from 1024 to 67108864"),
        ("--stateless=maybe", "expected true or false"),
        ("--ops-address=:9090", "expected an IP address and a port, such as 127.0.0.1:9090"),
    ] {
        let (code, _, stderr) = run(&["http", flag], &[]);
        assert!(code == 64 && stderr.contains(said), "{flag}: {stderr}");
    }
    let (code, _, stderr) = run(&["tools", "--log-level", "foo=bar=baz"], &[]);
    assert!(code == 64 && stderr.contains("\"foo=bar=baz\""), "{stderr}");
}

#[test]
fn a_file_without_an_end_is_not_read_to_it() {
    let url = [("ARGOCD_BASE_URL", "https://argocd.example.com")];
    for flag in ["--token-file", "--ca-file", "--token-registry"] {
        let (code, _, stderr) = run(&["call", "list_clusters", flag, "/dev/zero"], &url);
        assert!(code == 64 && stderr.contains("it is longer than 64 MiB"), "{flag}: {stderr}");
    }
}

#[test]
fn a_blank_variable_is_not_set() {
    let blank =
        ["ARGOCD_MCP_TIMEOUT", "ARGOCD_MCP_LOG_FORMAT", "ARGOCD_MCP_LOG_LEVEL", "MCP_READ_ONLY", "ARGOCD_BASE_URL"];
    let blank: Vec<(&str, &str)> = blank.iter().map(|name| (*name, " ")).collect();
    let (code, stdout, stderr) = run(&["tools"], &blank);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("sync_application"));
    assert_eq!(run(&["tools"], &[("ARGOCD_MCP_LOG_FORMAT", "JSON")]).0, 0);
}

#[test]
fn tools_prints_what_a_client_sees() {
    let (code, stdout, _) = run(&["tools", "--format", "json"], &[]);
    let tools: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, tools["tools"][0]["name"].as_str()), (0, Some("list_applications")));
    let (_, markdown, _) = run(&["tools"], &[]);
    assert!(markdown.contains("| `sync_application` |"));
    let (_, markdown, _) = run(&["tools", "--read-only"], &[]);
    assert!(!markdown.contains("sync_application") && markdown.contains("get_application"));
}

#[test]
fn call_prints_aligned_text_and_takes_text_and_json() {
    let replay = Replay::of("v3.5.1", &["version", "applications.list"]);
    let environment = [("ARGOCD_BASE_URL", replay.url()), ("ARGOCD_API_TOKEN", "agent")];
    let (code, stdout, stderr) = run(&["call", "list_applications", "health=degraded", "limit:=2"], &environment);
    assert_eq!(code, 0, "{stderr}");
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(lines[1].starts_with("NAME          PROJECT  HEALTH"), "{stdout}");
    assert!(lines[2].starts_with("estate        default  Degraded"), "{stdout}");
    let twice = ["call", "list_applications", "health=degraded", "health=missing", "output=json"];
    let (code, stdout, stderr) = run(&twice, &environment);
    assert_eq!(code, 0, "{stderr}");
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert!(json["total"].as_u64().unwrap() > 1, "{stdout}");
}

#[test]
fn call_prints_manifests_as_they_are() {
    let manifest =
        json!({ "kind": "ConfigMap", "metadata": { "name": "a" }, "data": { "Makefile": "all:\n\techo hi\n" } });
    let server = Server::start(move |_| http::json(200, &json!({ "manifest": manifest.to_string() })));
    let environment = [("ARGOCD_BASE_URL", server.url.as_str()), ("ARGOCD_API_TOKEN", "agent")];
    let resource = r#"resourceRefs:=[{"kind":"ConfigMap","name":"a","namespace":"b","group":"","version":"v1"}]"#;
    let (_, stdout, stderr) = run(&["call", "get_resources", "applicationName=shop", resource], &environment);
    assert!(stdout.contains("\techo hi\n"), "{stdout}{stderr}");
}

#[test]
fn a_failed_call_exits_with_1_and_says_why_on_stderr() {
    let replay = Replay::of("v3.5.1", &["version", "applications.get.missing", "applications.list"]);
    let environment = [("ARGOCD_BASE_URL", replay.url()), ("ARGOCD_API_TOKEN", "agent")];
    let (code, stdout, stderr) =
        run(&["--log-level", "off", "call", "get_application", "applicationName=nope"], &environment);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.starts_with("there is no application `nope`"), "{stderr}");
    for (arguments, said) in [
        (&["call", "get_aplication"] as &[&str], "there is no tool `get_aplication` (did you mean `get_application`"),
        (&["call", "get_application", "checkout"], "`checkout` is not an argument"),
        (&["call", "get_application", "project:=x"], "`project` is not JSON"),
        (
            &["call", "get_application", "applicatioName=x"],
            "`applicatioName` is not an argument of this tool (did you mean `applicationName`",
        ),
    ] {
        let (code, _, stderr) = run(arguments, &environment);
        assert_eq!(code, 64, "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
    let (code, _, stderr) = run(&["call", "list_applications"], &[]);
    assert_eq!(code, 64, "{stderr}");
    assert!(stderr.contains("Missing required ArgoCD base URL"), "{stderr}");
    drop(json!({}));
}
