//! What a person is told about a sign-in: who Argo CD takes them for, what renews it, and what the provider must know.

use serde_json::json;

use crate::{
    http::{self, Server},
    idp::{Idp, browse, sign_in},
    sso::{World, address, ask},
    sso_ways::run_in,
    stdio_client::command,
};

#[test]
fn a_client_that_wants_a_secret_is_named_with_the_setting() {
    let world = World::new();
    world.idp.state().broken = Some((401, json!({ "error": "invalid_client" })));
    let mut client = world.client(&[]);
    browse(&sign_in(&address(&ask(&mut client)))).unwrap();
    let (said, _) = ask(&mut client);
    assert!(
        said.contains("refused: invalid_client. This program is its client argocd-cli, without a secret: whoever runs this Argo CD sets cliClientID"),
        "{said}"
    );
}

#[test]
fn another_port_than_dex_knows_is_told_before_anybody_signs_in() {
    let world = World::dex();
    let doubt = "is not registered with Argo CD's own Dex, which will refuse the sign-in (Unregistered redirect_uri)";
    let (said, _) = ask(&mut world.client(&[]));
    assert!(said.contains(doubt) && said.contains("http://localhost:8085/auth/callback alone"), "{said}");
    let (_, stdout, _) = run_in(&world, &["doctor"]);
    assert!(stdout.contains(&format!("FAIL  sign-in   port {} {doubt}", world.port)), "{stdout}");
}

/// Runs `login`, with the person in the browser: code, stdout, and what the browser shows.
fn log_in(world: &World) -> (i32, String, String) {
    let environment = world.environment();
    let mut login = command();
    login.args(["login", "--no-sso-launch-browser"]).envs(environment);
    let mut login = login.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(login.stderr.take().unwrap()));
    let address = lines.find_map(|line| line.ok().filter(|line| line.starts_with("http"))).unwrap();
    let page = browse(&sign_in(&address)).unwrap().2;
    let rest: String = lines.map_while(Result::ok).collect();
    let output = login.wait_with_output().unwrap();
    (output.status.code().unwrap(), format!("{}{rest}", String::from_utf8(output.stdout).unwrap()), page)
}

#[test]
fn a_sign_in_that_argo_cd_does_not_accept_is_none() {
    let idp = Idp::new();
    let provider = Some(idp.serve());
    let issuer = idp.state().issuer.clone();
    let argo_cd = Server::start(move |request| match request.path() {
        "/api/v1/settings" => {
            http::json(200, &json!({ "oidcConfig": { "issuer": issuer, "cliClientID": "argocd-cli" } }))
        }
        _ => http::json(401, &json!({ "code": 16, "message": "invalid session: failed to verify the token" })),
    });
    let world = World { idp, provider, argo_cd, ..World::new() };
    let (code, said, page) = log_in(&world);
    assert!(code == 1 && !said.contains("signed in to"), "{said}");
    for text in [&said, &page] {
        assert!(
            text.contains("does not accept this sign-in: it answered 401: invalid session: failed to verify the token"),
            "{text}"
        );
    }
    assert!(said.contains("allowedAudiences") && !world.file().exists(), "{said}");
}

#[test]
fn what_renews_a_sign_in_is_told_as_it_is() {
    let world = World::new();
    world.idp.state().refreshes = false;
    assert_eq!(log_in(&world).0, 0);
    let (code, stdout, _) = run_in(&world, &["whoami"]);
    assert!(code == 0 && !stdout.contains("renewed by itself"), "{stdout}");
    let (_, doctor, _) = run_in(&world, &["doctor"]);
    assert!(doctor.contains("is free for the answer") && doctor.contains("→ Nothing renews it"), "{doctor}");
    assert!(stdout.contains("expires in 59min\nNothing renews it: sign in again in time"), "{stdout}");
}
