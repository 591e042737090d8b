//! Calls, and processes, that come together while nobody is signed in; and what is said where nobody can sign in.

use std::{fs, net::TcpListener};

use serde_json::json;

use crate::{
    http::{self, Server},
    idp::{browse, sign_in},
    sso::{World, address, ask, signed_in},
    sso_ways::run_in,
    stdio_client::{Client, tool_text},
};

/// Calls tools that ask for no release first, all before the first answer.
fn ask_together(client: &mut Client) -> Vec<(String, bool)> {
    client.call(1, "list_clusters", json!({}));
    client.call(2, "get_application", json!({ "applicationName": "shop" }));
    client.call(3, "get_application_events", json!({ "applicationName": "shop" }));
    (0..3).map(|_| tool_text(&client.receive())).collect()
}

#[test]
fn calls_that_come_together_get_one_address() {
    let world = World::new();
    let mut client = world.client(&[]);
    let answers = ask_together(&mut client);
    let first = address(&answers[0]);
    answers.iter().for_each(|answer| assert_eq!(address(answer), first));
    browse(&sign_in(&first)).unwrap();
    signed_in(&mut client);
    assert_eq!(world.grants(), ["authorization_code"]);
}

#[test]
fn why_the_last_sign_in_failed_is_told_to_all_of_them() {
    let world = World::new();
    world.idp.state().claims = json!({ "aud": "somebody-else" });
    let mut client = world.client(&[]);
    assert_eq!(browse(&sign_in(&address(&ask(&mut client)))).unwrap().0, 400);
    for answer in ask_together(&mut client) {
        assert!(answer.0.contains("\nThe last sign-in failed: "), "{answer:?}");
    }
}

#[test]
fn a_sign_in_is_not_written_into_a_file_that_another_process_holds() {
    let world = World::new();
    let mut client = world.client(&[]);
    let address = address(&ask(&mut client));
    fs::create_dir_all(world.file().parent().unwrap()).unwrap();
    let held = fs::File::create(world.file().with_extension("lock")).unwrap();
    held.lock().unwrap();
    // The page may come later than this browser waits.
    let _ = browse(&sign_in(&address));
    client.says("another process holds ");
    assert!(!world.file().exists());
    signed_in(&mut client);
}

#[test]
fn a_port_that_another_program_has_is_no_mistake_in_the_settings() {
    let world = World::new();
    let _taken = TcpListener::bind(("127.0.0.1", world.port)).unwrap();
    let (code, _, stderr) = run_in(&world, &["login"]);
    assert!(code == 1 && stderr.contains("cannot be had"), "{stderr}");
}

#[test]
fn where_nobody_can_sign_in_nobody_is_told_to() {
    let mut world = World::new();
    world.argo_cd = Server::start(|request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        _ => http::json(200, &json!({ "url": "https://argocd.example.com" })),
    });
    let (code, stdout, _) = run_in(&world, &["doctor"]);
    assert!(code == 1 && stdout.contains("FAIL  sign-in   Argo CD at "), "{stdout}");
    assert!(stdout.contains("has no single sign-on") && stdout.contains("FAIL  token "), "{stdout}");
    let (code, _, stderr) = run_in(&world, &["whoami"]);
    assert!(code == 64 && stderr.contains("has no single sign-on"), "{stderr}");
    for said in [stdout, stderr] {
        assert!(said.contains("Use an API token") && !said.contains("argocd-mcp login"), "{said}");
    }
}
