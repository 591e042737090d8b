//! How an address reaches a person, what is said where nobody can sign in, and the commands.

use serde_json::{Value, json};

use crate::{
    http::{self, Server},
    idp::{Idp, argo_cd, browse, sign_in},
    sso::{World, address, ask, signed_in},
    stdio_client::{Client, command, run, tool_text},
};

pub fn run_in(world: &World, arguments: &[&str]) -> (i32, String, String) {
    let environment = world.environment();
    let environment: Vec<(&str, &str)> = environment
        .iter()
        .filter(|(name, _)| *name != "RUST_LOG")
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    run(arguments, &environment)
}

#[test]
fn what_is_misconfigured_is_one_sentence_with_the_way_out() {
    let (code, _, stderr) = run(&["stdio", "--sso"], &[]);
    assert!(code == 64 && stderr.contains("SSO login requires a base URL\nSet ARGOCD_BASE_URL"), "{stderr}");
    let said = |world: &World| {
        let (said, failed) = ask(&mut world.client(&[]));
        assert!(failed && said.lines().count() <= 2, "{said}");
        said
    };
    let mut world = World::new();
    world.argo_cd = Server::start(|_| http::json(200, &json!({ "url": "https://x" })));
    assert!(
        said(&world).ends_with(
            "has no single sign-on (no OIDC provider, no Dex connector)\nUse an API token: ARGOCD_API_TOKEN."
        )
    );
    world.argo_cd = Server::start(|_| http::json(200, &json!({ "dexConfig": { "connectors": [{ "name": "x" }] } })));
    assert!(said(&world).contains("does not say its own address, which Dex needs\nWhoever runs it sets `url`"));
    let idp = Idp::new();
    idp.state().issuer = "http://127.0.0.1:9".into();
    world.argo_cd = argo_cd(&idp, json!({}));
    let away = said(&world);
    assert!(
        away.starts_with(
            "the identity provider at http://127.0.0.1:9/.well-known/openid-configuration cannot be reached"
        ) && away.contains("reachable from this machine?"),
        "{away}"
    );
    for (discovery, expected) in [
        (
            json!({ "issuer": "https://another.example.com" }),
            "says that it is another one: unexpected issuer URI `https://another.example.com` (expected `http://127.0.0.1:",
        ),
        (json!({ "response_types_supported": ["id_token"] }), "does not offer the authorization code flow"),
        (json!({ "authorization_endpoint": "file:///etc/passwd" }), "lacks an address to sign in at"),
        (json!({ "token_endpoint": null }), "lacks an address to sign in at"),
        (json!({ "jwks_uri": null }), "did not say what it offers"),
        (json!({ "jwks_uri": null }), "Its /.well-known/openid-configuration is wrong or incomplete"),
    ] {
        let world = World::new();
        world.idp.state().discovery = discovery;
        let said = said(&world);
        assert!(said.contains(expected), "{said}");
    }
    let world = World::new();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", world.port)).unwrap();
    let taken = said(&world);
    assert!(taken.starts_with(&format!("port {}, at which", world.port)) && taken.contains("--sso-port"), "{taken}");
    for (name, value) in [("ARGOCD_AUTH_METHOD", "saml"), ("ARGOCD_MCP_SSO_PORT", "0")] {
        assert_eq!(run(&["tools"], &[("ARGOCD_BASE_URL", "https://x"), (name, value)]).0, 64, "{name}={value}");
    }
}

#[test]
fn two_processes_do_not_take_each_others_answer() {
    let world = World::new();
    let (mut first, mut second) = (world.client(&[]), world.client(&[]));
    let address = address(&ask(&mut first));
    let (said, failed) = ask(&mut second);
    assert!(failed && said.contains("If another argocd-mcp waits for a sign-in, finish that one"), "{said}");
    browse(&sign_in(&address)).unwrap();
    signed_in(&mut second);
    signed_in(&mut first);
    assert_eq!(world.grants(), ["authorization_code"]);
}

#[cfg(unix)]
#[test]
fn a_browser_is_opened_unless_told_otherwise() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let (program, opened) = (world.folder.path().join("xdg-open"), world.folder.path().join("opened"));
    std::fs::write(
        &program,
        format!("#!/bin/sh\nprintf '%s' \"$1\" > {0}.part && mv {0}.part {0}\n", opened.display()),
    )
    .unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", world.folder.path().display());
    let desktop = [("PATH", path), ("DISPLAY", ":0".to_owned())];
    let quiet = [desktop.to_vec(), vec![("ARGOCD_MCP_NO_SSO_LAUNCH_BROWSER", "true".to_owned())]].concat();
    let mut client = world.client(&quiet);
    address(&ask(&mut client));
    assert!(client.wait().success() && !opened.exists());
    let mut client = world.client(&desktop);
    let address = address(&ask(&mut client));
    crate::stdio::wait_for(|| opened.exists());
    assert_eq!(std::fs::read_to_string(&opened).unwrap(), address);
}

#[test]
fn a_client_that_shows_addresses_is_asked_to() {
    let world = World::new();
    let environment = world.environment();
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut client = Client::start(&environment);
    client.ask(&json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": { "protocolVersion": "2025-11-25", "capabilities": { "elicitation": { "url": {} } }, "clientInfo": { "name": "test", "version": "1" } } }));
    client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    client.call(7, "get_application", json!({ "applicationName": "shop" }));
    let (asked, answer): (Vec<Value>, Vec<Value>) =
        [client.receive(), client.receive()].into_iter().partition(|message| message["method"] == "elicitation/create");
    let address = address(&tool_text(&answer[0]));
    assert_eq!((&asked[0]["params"]["mode"], &asked[0]["params"]["url"]), (&json!("url"), &json!(address)));
    assert_ne!(asked[0]["params"]["elicitationId"], "");
    // Once is enough, whatever the person does about it.
    client.send(&json!({ "jsonrpc": "2.0", "id": asked[0]["id"], "result": { "action": "decline" } }));
    assert_eq!(self::address(&ask(&mut client)), address);
    browse(&sign_in(&address)).unwrap();
    signed_in(&mut client);
}

#[test]
fn a_client_without_requests_is_told_to_show_it_and_ask_again() {
    let world = World::new();
    let environment = world.environment();
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut client = Client::start(&environment);
    let call = |capabilities: Value| {
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "get_application", "arguments": { "applicationName": "shop" }, "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": capabilities,
        } } })
    };
    let plain = address(&tool_text(&client.ask(&call(json!({})))));
    let asked = client.ask(&call(json!({ "elicitation": { "url": {} } })));
    assert_eq!(asked["result"]["resultType"], "input_required", "{asked}");
    let request = &asked["result"]["inputRequests"]["sign-in"];
    assert_eq!(
        (&request["method"], &request["params"]["url"]),
        (&json!("elicitation/create"), &json!(plain)),
        "{asked}"
    );
    let again = client.ask(&call(json!({ "elicitation": { "url": {} } })));
    assert_eq!(address(&tool_text(&again)), plain);
}

#[test]
fn a_person_signs_in_and_out_by_hand() {
    let world = World::dex();
    let (code, _, stderr) = run_in(&world, &["call", "list_applications"]);
    assert!(
        code == 1
            && stderr.contains("nobody is signed in to")
            && stderr.contains("`argocd-mcp login --sso --base-url http"),
        "{stderr}"
    );
    // Other credentials are no hindrance to signing in.
    let mut login = command();
    login.args(["login", "--sso", "--log-level", "off"]).envs(world.environment()).env("ARGOCD_API_TOKEN", "x");
    let mut login = login.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(login.stderr.take().unwrap()));
    assert!(lines.next().unwrap().unwrap().starts_with("Sign in to http"));
    browse(&sign_in(&lines.next().unwrap().unwrap())).unwrap();
    let output = login.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(" as kilgore@kilgore.trout; kept in "), "{said}");
    assert!(output.status.success() && said.contains("sso-tokens.json") && !said.contains("CANARY"), "{said}");
    let (code, stdout, stderr) = run_in(&world, &["whoami"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.starts_with(&format!("kilgore@kilgore.trout at {}\ngroups authors, ", world.argo_cd.url)),
        "{stdout}"
    );
    assert!(
        stdout.contains("The sign-in through http") && stdout.contains("expires in 59min, renewed by itself"),
        "{stdout}"
    );
    let (code, stdout, stderr) = run_in(&world, &["doctor"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(
        stdout.contains("/api/dex answers, ")
            || stdout.contains("/api/dex answers; this program is its client argo-cd-cli"),
        "{stdout}"
    );
    assert!(stdout.contains("ok    user      signed in as kilgore@kilgore.trout"), "{stdout}");
    assert!(!stdout.contains("Renew it soon"), "{stdout}");
    let (_, stdout, _) = run_in(&world, &["logout"]);
    assert!(stdout.starts_with("signed out of http"), "{stdout}");
    let (_, stdout, _) = run_in(&world, &["logout"]);
    assert!(stdout.starts_with("nobody was signed in to http"), "{stdout}");
    let kept = std::fs::read(world.file()).unwrap();
    std::fs::write(world.file(), "no JSON, with tokens in it").unwrap();
    let (code, stdout, stderr) = run_in(&world, &["logout"]);
    assert!(code == 64 && stdout.is_empty() && stderr.contains("it is not a JSON object; move it away"), "{stderr}");
    std::fs::write(world.file(), kept).unwrap();
    let (code, _, stderr) = run_in(&world, &["whoami"]);
    assert!(code == 1 && stderr.contains("nobody is signed in"), "{stderr}");
    let (code, stdout, _) = run_in(&world, &["doctor"]);
    assert!(code == 1 && stdout.contains("FAIL  token     nobody is signed in"), "{stdout}");
    let (code, _, stderr) = run(&["login"], &[]);
    assert!(code == 64 && stderr.contains("requires a base URL"), "{stderr}");
}

#[test]
fn nobody_signs_in_for_nothing() {
    let world = World::dex();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("junk.json");
    std::fs::write(&file, "garbage").unwrap();
    for (path, why) in [(file.to_str().unwrap(), "it is not a JSON object"), ("/dev/null/x", "it cannot be ")] {
        let (code, stdout, stderr) = run_in(&world, &["login", "--sso-cache", path]);
        assert!(code == 64 && stdout.is_empty() && stderr.contains(path) && stderr.contains(why), "{stderr}");
        assert!(!stderr.contains("Sign in to"), "{stderr}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "garbage");
}

#[test]
fn another_credential_at_the_same_time_is_refused() {
    let world = World::new();
    let environment = world.environment();
    let mut environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    environment.push(("ARGOCD_API_TOKEN", "token"));
    let (code, _, stderr) = run(&["stdio"], &environment);
    assert!(
        code == 64
            && stderr.contains(
                "two credentials for the default instance: ARGOCD_API_TOKEN and --sso (ARGOCD_AUTH_METHOD=sso)"
            ),
        "{stderr}"
    );
}
