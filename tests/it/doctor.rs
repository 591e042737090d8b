//! `doctor`: every check, what it says, and what it advises.

use serde_json::{Value, json};

use crate::{
    http::{self, Server, Step, head},
    recordings,
    stdio_client::run,
};

fn doctor(environment: &[(&str, &str)]) -> (i32, String) {
    let (code, stdout, stderr) = run(&["doctor"], environment);
    (code, stdout + &stderr)
}

/// Answers as the recorded server does; `rights` are those it grants.
fn argo_cd(userinfo: &'static str, rights: &'static [&'static str]) -> Server {
    Server::start(move |request| {
        let recorded = |name: &str| recordings::load(&format!("v3.5.1/{name}")).response;
        let path = request.path();
        if path == "/api/version" {
            return http::json(200, &json!({ "Version": "v3.5.1" }));
        }
        if path == "/api/v1/session/userinfo" {
            return http::json(200, &recorded(userinfo).json.unwrap());
        }
        let asked = path.strip_prefix("/api/v1/account/can-i/").unwrap_or_else(|| panic!("{path}"));
        let right = asked.split('/').take(2).collect::<Vec<_>>().join("/");
        http::json(200, &json!({ "value": if rights.contains(&right.as_str()) { "yes" } else { "no" } }))
    })
}

#[test]
fn a_healthy_instance() {
    let server = argo_cd("session.userinfo.agent", &["applications/get", "applications/sync", "projects/get"]);
    let (code, said) = doctor(&[("ARGOCD_BASE_URL", &server.url), ("ARGOCD_API_TOKEN", "agent")]);
    assert_eq!(code, 0, "{said}");
    let said: Vec<&str> = said.lines().filter(|line| line.starts_with("  ") || line.starts_with("default")).collect();
    let port = server.url.rsplit(':').next().unwrap();
    crate::snapshots::check("doctor.healthy", &said.join("\n").replace(port, "PORT"));
    let asked: Vec<String> = server.requests().iter().map(http::Request::line).collect();
    assert!(asked.contains(&"GET /api/v1/account/can-i/applications/sync/%2A%2F%2A".to_owned()), "{asked:#?}");
    assert!(asked.contains(&"GET /api/v1/account/can-i/clusters/get/%2A".to_owned()), "{asked:#?}");
}

#[test]
fn what_fails_is_said_with_its_fix_and_exits_with_1() {
    let bad_token = argo_cd("session.userinfo.bad-token", &[]);
    let page = Server::answering(200, "text/html", "<html><title>Sign in</title></html>");
    let redirect = Server::start(|_| {
        vec![Step::Send(head(302, &[("location", "https://x.example.com/login?state=1"), ("content-length", "0")]))]
    });
    // Where nobody listens; a port that was free may be another test's by now.
    let closed = "127.0.0.1:1";
    for (base_url, said) in [
        (
            bad_token.url.clone(),
            "FAIL  user      Argo CD does not accept the token\n                  → It is not a JWT",
        ),
        (page.url.clone(), "FAIL  path      /api/version answers 200 with text/html"),
        (redirect.url.clone(), "FAIL  path      it redirects to https://x.example.com/login\n"),
        (format!("http://{closed}"), "FAIL  tcp       port"),
        ("https://nowhere.invalid".to_owned(), "FAIL  dns       nowhere.invalid is not found"),
        (bad_token.url.replace("http:", "https:"), "FAIL  tls       no connection"),
    ] {
        let (code, out) = doctor(&[("ARGOCD_BASE_URL", &base_url), ("ARGOCD_API_TOKEN", "agent")]);
        assert!(code == 1 && out.contains(said), "{base_url}: {out}");
    }
    let (code, out) = doctor(&[]);
    assert!(code == 64 && out.contains("no Argo CD is configured"), "{out}");
}

#[test]
fn a_path_that_only_a_browser_has_is_taken_off_the_base_url() {
    for root in ["", "/argocd"] {
        let server = Server::start(move |request| {
            if request.path() == format!("{root}/api/version") {
                return http::json(200, &json!({ "Version": "v3.5.1" }));
            }
            http::answer(404, "text/plain", b"404 page not found")
        });
        let base_url = format!("{}{root}", server.url);
        for page in ["/applications", "/applications/argocd/web", "/api/v1"] {
            let at = format!("{base_url}{page}");
            let environment = [("ARGOCD_BASE_URL", at.as_str()), ("ARGOCD_API_TOKEN", "agent")];
            let (code, out) = doctor(&environment);
            let fix = format!("→ Argo CD answers at {base_url}: set the base URL to that.\n");
            assert!(code == 1 && out.contains(&fix), "{out}");
            let (_, _, stderr) = run(&["whoami"], &environment);
            assert!(stderr.contains("such as /applications, does not belong in it; a --rootpath does"), "{stderr}");
        }
        assert!(
            server.requests().iter().all(|request| request.path().contains("userinfo") || request.token() == "none")
        );
    }
}

#[test]
fn what_cannot_be_asked_is_not_fine_where_there_is_no_right() {
    let server = argo_cd("session.userinfo.agent", &[]);
    let (_, said) = doctor(&[("ARGOCD_BASE_URL", &server.url), ("ARGOCD_API_TOKEN", "agent")]);
    assert!(said.contains("warn  rights    applications, action/*: ") && !said.contains("ok    rights"), "{said}");
}

#[test]
fn what_has_no_fix_names_none() {
    let server = Server::start(|request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        _ => http::json(400, &json!({ "message": "it broke" })),
    });
    let environment = [("ARGOCD_BASE_URL", server.url.as_str()), ("ARGOCD_API_TOKEN", "agent")];
    let (code, said) = doctor(&environment);
    assert!(code == 1 && said.contains("FAIL  user      Argo CD answered 400: it broke\n"), "{said}");
    assert!(said.lines().all(|line| line.trim() != "→"), "{said}");
    let (_, stdout, _) = run(&["doctor", "--json"], &environment);
    let reports: Value = serde_json::from_str(&stdout).unwrap();
    let checks = reports[0]["checks"].as_array().unwrap();
    let user = checks.iter().find(|check| check["check"] == "user").unwrap();
    assert_eq!(user.get("fix"), None, "{user}");
}

#[test]
fn the_policy_is_the_smallest_for_the_visible_tools() {
    let (code, all, _) = run(&["doctor", "--policy"], &[]);
    assert_eq!(code, 0);
    assert!(
        all.contains("p, role:mcp-ACCOUNT, applications, sync, */*, allow\n")
            && all.contains("p, role:mcp-ACCOUNT, clusters, get, *, allow\n"),
        "{all}"
    );
    let (_, reading, _) = run(&["doctor", "--policy", "--read-only"], &[]);
    // Two accounts share no role: the one that only reads would inherit what the other may do.
    for policy in [&all, &reading] {
        assert!(policy.ends_with("g, ACCOUNT, role:mcp-ACCOUNT\n"), "{policy}");
        assert!(policy.lines().skip(1).all(|line| line.contains(", role:mcp-ACCOUNT")), "{policy}");
    }
    assert!(reading.lines().filter(|line| line.starts_with("p, ")).all(|line| line.contains(", get, ")), "{reading}");
    let (_, stdout, _) =
        run(&["doctor", "--json"], &[("ARGOCD_BASE_URL", "https://nowhere.invalid"), ("ARGOCD_API_TOKEN", "x")]);
    let reports: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&reports[0]["instance"], &reports[0]["checks"][0]["outcome"]), (&json!("default"), &json!("fail")));
}
