//! A sign-in that lasts: renewed once whoever asks, kept when the provider is away, over when it says so.

use std::thread;

use serde_json::json;

use crate::{
    idp::{Idp, browse, sign_in},
    sso::{World, address, ask, signed_in},
    stdio_client::run,
};

/// An id token of an hour that lives for so many seconds more.
fn lives(idp: &Idp, seconds: i64) -> String {
    let expires = jiff::Timestamp::now().as_second() + seconds;
    idp.state().claims = json!({ "iat": expires - 3600, "exp": expires });
    let token = idp.id_token("argocd-cli", None);
    idp.state().claims = json!({});
    token
}

#[test]
fn a_refresh_token_is_used_once_and_replaced() {
    let world = World::new();
    // About to expire is as good as expired.
    world.keep(&lives(&world.idp, 30), Some(&world.idp.refresh_token()));
    let before = world.kept();
    let mut client = world.client(&[]);
    signed_in(&mut client);
    signed_in(&mut client);
    let after = world.kept();
    assert_ne!((&before["idToken"], &before["refreshToken"]), (&after["idToken"], &after["refreshToken"]));
    assert_eq!(world.grants(), ["refresh_token"]);
    let asked = world.argo_cd.requests();
    let tokens: Vec<&str> = asked.iter().map(crate::http::Request::token).filter(|token| *token != "none").collect();
    assert!(!tokens.is_empty() && tokens.iter().all(|token| after["idToken"] == *token));
    let all: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(world.file()).unwrap()).unwrap();
    assert_eq!(all["https://other.example.com"]["refreshToken"], "other", "what is of others stays");
}

#[test]
fn a_provider_that_gives_no_new_refresh_token_means_the_old_one() {
    let world = World::new();
    world.idp.state().refreshes = false;
    let refresh = world.idp.refresh_token();
    world.keep(&lives(&world.idp, -30), Some(&refresh));
    signed_in(&mut world.client(&[]));
    assert_eq!(world.kept()["refreshToken"], refresh.as_str());
}

#[test]
fn many_calls_of_many_processes_renew_once() {
    let world = World::new();
    world.keep(&lives(&world.idp, -30), Some(&world.idp.refresh_token()));
    let mut clients: Vec<_> = (0..3).map(|_| world.client(&[])).collect();
    for client in &mut clients {
        for id in 1..4 {
            client.call(id, "get_application", json!({ "applicationName": "shop" }));
        }
    }
    let answers = clients.iter_mut().map(|client| (0..3).map(|_| client.receive()).collect::<Vec<_>>());
    for answer in answers.flatten() {
        assert_ne!(answer["result"]["isError"], true, "{answer}");
    }
    assert_eq!(world.grants(), ["refresh_token"]);
}

#[test]
fn processes_that_end_or_start_meanwhile_do_not_break_it() {
    let world = World::new();
    world.keep(&lives(&world.idp, -30), Some(&world.idp.refresh_token()));
    let environment = world.environment();
    let call = || {
        let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        run(&["call", "get_application", "applicationName=shop"], &environment).0
    };
    let codes: Vec<i32> = thread::scope(|scope| {
        (0..4).map(|_| scope.spawn(call)).collect::<Vec<_>>().into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert_eq!(codes, [0; 4]);
    assert_eq!(world.grants(), ["refresh_token"]);
}

#[test]
fn a_provider_that_is_away_costs_no_sign_in() {
    let world = World::new();
    let refresh = world.idp.refresh_token();
    world.keep(&lives(&world.idp, -30), Some(&refresh));
    let mut client = world.client(&[]);
    for (status, body) in [
        (503, json!({})),
        (500, json!("oops")),
        (400, json!({ "error": "temporarily_unavailable" })),
        (200, json!({ "neither": "nor" })),
    ] {
        world.idp.state().broken = Some((status, body));
        let (said, failed) = ask(&mut client);
        assert!(
            failed && said.contains("the identity provider") && said.contains("The sign-in is kept; ask again."),
            "{said}"
        );
        assert_eq!(world.kept()["refreshToken"], refresh.as_str());
    }
    // While the token lasts nobody notices.
    let last = lives(&world.idp, 30);
    world.keep(&last, Some(&refresh));
    signed_in(&mut client);
    world.keep(&lives(&world.idp, -30), Some(&refresh));
    world.idp.state().broken = None;
    signed_in(&mut world.client(&[]));
}

#[test]
fn a_provider_that_hangs_stops_no_call_while_the_token_lasts() {
    let world = World::new();
    world.idp.state().hangs = true;
    world.keep(&lives(&world.idp, 30), Some(&world.idp.refresh_token()));
    let mut client = world.client(&[]);
    for _ in 0..3 {
        signed_in(&mut client);
    }
    assert_eq!(world.grants(), ["refresh_token"], "one at a time");
    // Without a token it is the provider that is named.
    world.keep(&lives(&world.idp, -30), Some(&world.idp.refresh_token()));
    let (said, failed) = ask(&mut world.client(&[("ARGOCD_MCP_TIMEOUT", "1".into())]));
    let named = format!("the identity provider {} gave no token in time", world.idp.state().issuer);
    assert!(failed && said.starts_with(&named), "{said}");
}

#[test]
fn a_refresh_token_that_is_worth_nothing_asks_for_a_person() {
    let world = World::new();
    world.keep(&lives(&world.idp, -30), Some("CANARY-of-somebody"));
    let mut client = world.client(&[]);
    let answer = ask(&mut client);
    let first = address(&answer);
    for answer in [answer, ask(&mut client)] {
        assert_eq!(address(&answer), first);
        let why = answer.0.lines().nth(1).unwrap_or_default();
        assert!(
            why.starts_with("Sign in again: the sign-in was not renewed, because the identity provider http")
                && why.ends_with("refused: invalid_request: invalid_request it is"),
            "{why}"
        );
    }
    assert_eq!(world.grants(), ["refresh_token"], "it is not tried again");
    browse(&sign_in(&first)).unwrap();
    signed_in(&mut client);
    assert!(client.wait().success() && !client.stderr().contains("CANARY"));
}

#[test]
fn a_renewal_is_of_the_same_person_and_what_refuses_it_repeats_no_token() {
    let world = World::new();
    world.keep(&lives(&world.idp, -30), Some(&world.idp.refresh_token()));
    world.idp.state().claims = json!({ "sub": "somebody-else" });
    let mut client = world.client(&[]);
    address(&ask(&mut client));
    assert!(client.stderr().contains("a token of somebody else"), "{}", client.stderr());
    let world = World::new();
    let refresh = world.idp.refresh_token();
    world.keep(&lives(&world.idp, -30), Some(&refresh));
    let description = format!("{refresh} is over\nFORGED line");
    world.idp.state().broken = Some((400, json!({ "error": "invalid_grant", "error_description": description })));
    let mut client = world.client(&[]);
    address(&ask(&mut client));
    let log = client.stderr();
    assert!(log.contains("the sign-in will not be renewed") && !log.contains(&refresh), "{log}");
    assert!(!log.lines().any(|line| line.starts_with("FORGED")), "{log}");
}

#[test]
fn without_a_refresh_token_a_sign_in_lasts_as_long_as_its_token() {
    let world = World::new();
    world.idp.state().refreshes = false;
    let mut client = world.client(&[]);
    browse(&sign_in(&address(&ask(&mut client)))).unwrap();
    signed_in(&mut client);
    assert!(world.kept().get("refreshToken").is_none());
    // To its last second.
    world.keep(&lives(&world.idp, 30), None);
    let mut client = world.client(&[]);
    signed_in(&mut client);
    world.keep(&lives(&world.idp, -1), None);
    address(&ask(&mut world.client(&[])));
}

#[test]
fn a_refresh_token_goes_to_the_provider_that_gave_it_alone() {
    let world = World::new();
    let other = Idp::new();
    other.state().issuer = "https://former.example.com".into();
    world.keep(&lives(&other, -30), Some(&world.idp.refresh_token()));
    let mut client = world.client(&[]);
    address(&ask(&mut client));
    assert!(world.grants().is_empty());
    client.says("https://former.example.com, which is not Argo CD's identity provider any more");
}

#[test]
fn a_token_that_argo_cd_refuses_is_replaced_once() {
    let world = World::new();
    let revoked = lives(&world.idp, 3000);
    let argo_cd = crate::idp::argo_cd_that_refuses(&world.idp, &revoked);
    let world = World { argo_cd, ..world };
    world.keep(&revoked, Some(&world.idp.refresh_token()));
    let mut client = world.client(&[]);
    signed_in(&mut client);
    assert_eq!(world.grants(), ["refresh_token"]);
    // Without a refresh token it takes a person.
    world.keep(&revoked, None);
    address(&ask(&mut world.client(&[])));
}

#[test]
fn a_token_of_a_minute_is_not_renewed_all_the_time() {
    let world = World::new();
    world.idp.state().life = 60;
    world.keep(&lives(&world.idp, -30), Some(&world.idp.refresh_token()));
    let mut client = world.client(&[]);
    for _ in 0..3 {
        signed_in(&mut client);
    }
    signed_in(&mut world.client(&[]));
    assert_eq!(world.grants(), ["refresh_token"]);
}

#[test]
fn whoever_signed_out_is_signed_out() {
    let world = World::new();
    world.keep(&lives(&world.idp, 30), Some(&world.idp.refresh_token()));
    world.idp.state().broken = Some((503, json!({})));
    let mut client = world.client(&[]);
    signed_in(&mut client);
    std::fs::write(world.file(), "{}").unwrap();
    address(&ask(&mut client));
    assert_eq!(world.grants(), ["refresh_token"], "not again");
}

#[test]
fn a_file_that_is_something_else_is_not_touched() {
    let world = World::new();
    std::fs::create_dir_all(world.file().parent().unwrap()).unwrap();
    std::fs::write(world.file(), "apiVersion: v1\n").unwrap();
    let mut client = world.client(&[]);
    browse(&sign_in(&address(&ask(&mut client)))).unwrap();
    signed_in(&mut client);
    assert_eq!(std::fs::read_to_string(world.file()).unwrap(), "apiVersion: v1\n");
    client.says("is not kept in");
    client.says("move it away");
}
