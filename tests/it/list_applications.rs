//! `list_applications`: what the model reads of the recordings, and what goes over the wire for it.

use serde_json::{Value, json};

use crate::{
    harness::{call, call_as, client_has, text, tokens},
    http::{self, Server},
    recordings::{self, Recording},
    replay::Replay,
    snapshots::check,
    views::said,
};

fn list(replay: &Replay, arguments: Value) -> String {
    text(call(replay.url(), "list_applications", arguments))
}

#[test]
fn a_fleet_on_one_screen_worst_first() {
    for release in ["v3.5.1", "v2.14.21"] {
        let replay = Replay::of(release, &["version", "applications.list"]);
        check(&format!("list_applications.{release}"), &list(&replay, json!({})));
    }
}

#[test]
fn fifty_of_many_within_the_token_budget() {
    let replay = Replay::of("v3.5.1", &["version", "payloads/list.many.fields"]);
    let text = list(&replay, json!({}));
    check("list_applications.many", &text);
    assert_eq!(text.lines().count(), 53, "headline, heads, 50 rows, what comes next");
    assert!(tokens(&text) <= 50 * 27 + 120, "{} tokens", tokens(&text));
}

#[test]
fn a_server_that_ignores_fields_is_projected_here() {
    let replay = Replay::of("v3.5.1", &["version", "payloads/list.many.fields"]);
    let projected = list(&replay, json!({ "limit": 400 }));
    let mut raw = recordings::load("payloads/list.many.raw");
    raw.request.query = vec![("fields".into(), "ignored".into())];
    let ignoring = Replay::new("v3.5.1", vec![recordings::load("v3.5.1/version"), raw]);
    assert_eq!(list(&ignoring, json!({ "limit": 400 })), projected);
}

#[test]
fn pages_follow_each_other_and_totals_are_of_all() {
    let replay = Replay::of("v3.5.1", &["version", "payloads/list.many.fields"]);
    let pages: Vec<String> =
        [0, 100, 200, 300].map(|offset| list(&replay, json!({ "limit": 100, "offset": offset }))).into();
    let rows = |page: &String| {
        let rows = page
            .lines()
            .skip_while(|line| !line.starts_with("NAME"))
            .skip(1)
            .take_while(|line| !line.starts_with("shown"));
        rows.map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut names: Vec<String> = pages.iter().flat_map(rows).collect();
    assert_eq!(names.len(), 329);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 329, "every application exactly once");
    assert!(pages.iter().all(|page| page.starts_with("329 applications; ")));
    assert!(pages[0].ends_with("shown 1-100 of 329; next: offset=100; narrow with search, projects, selector, repo, cluster, namespace, health, sync"));
    assert!(pages[3].contains("shown 301-329 of 329; narrow with"));
    assert!(list(&replay, json!({ "offset": 1000 })).ends_with("offset 1000 is beyond the last one"));
}

/// Commits are names, too: some have digits alone.
#[test]
fn names_that_are_numbers_have_one_order_with_the_others() {
    let name = |n: u64| {
        let hash = format!("{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        hash[..2 + usize::try_from(n % 3).unwrap()].to_owned() + &n.to_string()
    };
    let names: Vec<String> = (0..600).map(name).collect();
    assert!(names.iter().any(|name| name.parse::<u64>().is_ok()));
    let list = |names: Vec<&String>| {
        let items: Vec<Value> = names.iter().map(|name| json!({ "metadata": { "name": name } })).collect();
        let shown = said("list_applications", json!({ "limit": 1000, "maxBytes": 400_000 }), json!({ "items": items }));
        let rows = shown.lines().skip_while(|line| !line.starts_with("NAME")).skip(1);
        rows.map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let there = list(names.iter().collect());
    assert_eq!(there.len(), 600);
    assert_eq!(there, list(names.iter().rev().collect()), "whatever the order they came in");
}

#[test]
fn filters_combine_and_are_forgiving() {
    let replay = Replay::of("v3.5.1", &["version", "applications.list"]);
    let cases = [
        json!({ "search": "FLEET-0" }),
        json!({ "search": "*-0?", "limit": 3 }),
        json!({ "search": "team-b/tenant-app" }),
        json!({ "health": "degraded" }),
        json!({ "health": ["Degraded", "Missing"], "sync": "OutOfSync" }),
        json!({ "health": "Suspended,Missing" }),
        json!({ "sync": ["Unknown"] }),
        json!({ "cluster": "staging" }),
        json!({ "cluster": "in-cluster", "namespace": "estate" }),
        json!({ "cluster": "https://kubernetes.default.svc", "namespace": "team-b" }),
        json!({ "repo": "config.git" }),
        json!({ "repo": "*/charts" }),
        json!({ "search": "nothing-like-it" }),
    ];
    let seen: Vec<String> =
        cases.iter().map(|arguments| format!("## {arguments}\n{}", list(&replay, arguments.clone()))).collect();
    check("list_applications.filters", &seen.join("\n\n"));
}

#[test]
fn what_the_server_filters_is_left_to_it() {
    let replay = Replay::of("v3.5.1", &["version", "applications.list.projects", "applications.list.selector"]);
    list(&replay, json!({ "projects": ["team-a", "team-b"] }));
    list(&replay, json!({ "selector": "env=prod" }));
    let lines: Vec<String> =
        replay.requests().iter().map(http::Request::line).filter(|line| line.contains("/applications")).collect();
    assert!(lines[0].contains("projects=team-a&projects=team-b"), "{}", lines[0]);
    assert!(lines[1].contains("selector=env%3Dprod"), "{}", lines[1]);
    let missed = list(&replay, json!({ "selector": "env=prod", "search": "zzzz" }));
    assert!(missed.ends_with("\nOnly what fits selector=env=prod was looked at: Argo CD filters by it."), "{missed}");
}

/// `argocd-api.md` of the project's notes says which release projects what; the server of each gets its own list.
#[test]
fn fields_are_those_of_the_servers_release() {
    let fields = |version: &str| {
        let (version, list) = (json!({ "Version": version }), json!({ "items": null, "metadata": {} }));
        let server = Server::start(move |request| {
            http::json(200, if request.path() == "/api/version" { &version } else { &list })
        });
        text(call(&server.url, "list_applications", json!({})));
        server.requests().last().unwrap().query().into_iter().find(|(name, _)| name == "fields").unwrap().1
    };
    let newest = fields("v3.5.1");
    assert!(
        newest.contains("items.spec.project")
            && newest.contains("items.spec.source,")
            && !newest.split(',').any(|field| field == "items.spec"),
        "{newest}"
    );
    assert_eq!(fields("v3.6.0-rc1+1234567"), newest);
    let older = fields("v2.14.21");
    assert!(older.split(',').any(|field| field == "items.spec") && !older.contains("items.spec."), "{older}");
    assert_eq!(fields("v3.1.9"), older);
    let hydrating = fields("v3.4.7");
    assert_eq!(hydrating.contains(",items.status.sourceHydrator,"), client_has("2.14"), "{hydrating}");
    assert_eq!(hydrating.replace(",items.status.sourceHydrator,", ","), older);
    assert_eq!(
        fields("unreadable"),
        older,
        "a server that does not tell its release gets what every release understands"
    );
}

#[test]
fn the_version_is_asked_once() {
    let replay = Replay::of("v3.5.1", &["version", "applications.list"]);
    let app = crate::harness::app(replay.url(), "agent");
    for _ in 0..3 {
        crate::harness::call_app(&app, "list_applications", json!({})).unwrap();
    }
    assert_eq!(replay.requests().iter().filter(|request| request.path() == "/api/version").count(), 1);
}

#[test]
fn json_has_the_same_values_under_their_own_keys() {
    let replay = Replay::of("v3.5.1", &["version", "applications.list"]);
    let answer = call(replay.url(), "list_applications", json!({ "output": "json", "search": "multi" })).unwrap();
    let structured = answer.structured.unwrap();
    assert_eq!(answer.text, structured.to_string());
    check("list_applications.json", &format!("{structured:#}"));
}

#[test]
fn raw_is_everything_or_an_error_that_names_the_size() {
    let replay = Replay::of("v3.5.1", &["version", "applications.list"]);
    let recorded = recordings::load("v3.5.1/applications.list").response.json.unwrap();
    let raw = call(replay.url(), "list_applications", json!({ "output": "raw", "maxBytes": 400_000 })).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&raw.text).unwrap(), recorded);
    let refused = text(call(replay.url(), "list_applications", json!({ "output": "raw" })));
    check("list_applications.raw_too_large", &refused);
    let json = text(call(replay.url(), "list_applications", json!({ "output": "json", "maxBytes": 2000 })));
    assert!(json.contains("more than maxBytes = 2000"), "{json}");
}

#[test]
fn text_over_the_cap_loses_rows_and_says_so() {
    let replay = Replay::of("v3.5.1", &["version", "payloads/list.many.fields"]);
    let text = list(&replay, json!({ "limit": 300, "maxBytes": 2000 }));
    assert!(text.len() <= 2000 && text.len() > 1800, "{}", text.len());
    let last = text.lines().last().unwrap();
    let rows = text.lines().filter(|line| line.contains('\t')).count() - 1;
    assert!(last.starts_with(&format!("shown 1-{rows} of 329; next: offset={rows};")), "{last}");
}

#[test]
fn empty_lists_say_why_they_may_be_empty() {
    let replay = Replay::of("v3.5.1", &["version", "applications.list.nobody"]);
    let mut version = recordings::load("v3.5.1/version");
    version.request.identity = "nobody".into();
    let nobody = Replay::new("v3.5.1", vec![version, recordings::load("v3.5.1/applications.list.nobody")]);
    check("list_applications.nobody", &text(call_as(nobody.url(), "nobody", "list_applications", json!({}))));
    drop(replay);
}

#[test]
fn refusals() {
    let as_identity = |name: &str, identity: &str, arguments: Value| {
        let recorded = |name: &str| Recording {
            request: recordings::RecordedRequest { identity: identity.into(), ..recordings::load(name).request },
            ..recordings::load(name)
        };
        let replay = Replay::new("v3.5.1", vec![recorded("v3.5.1/version"), recorded(&format!("v3.5.1/{name}"))]);
        // Ports differ from run to run.
        text(call_as(replay.url(), identity, "list_applications", arguments)).replace(replay.url(), "http://argocd")
    };
    let seen = [
        ("expired token", as_identity("applications.list.expired-token", "expired", json!({}))),
        ("revoked token", as_identity("applications.list.revoked-token", "revoked", json!({}))),
        ("not a token", as_identity("applications.list.bad-token", "notajwt", json!({}))),
        ("bad selector", as_identity("applications.list.selector-bad", "agent", json!({ "selector": "env in (prod" }))),
    ];
    check("list_applications.refusals", &seen.map(|(name, text)| format!("## {name}\n{text}")).join("\n\n"));
}

#[test]
fn a_project_token_sees_its_project() {
    let mut version = recordings::load("v3.5.1/version");
    version.request.identity = "proj".into();
    let replay = Replay::new("v3.5.1", vec![version, recordings::load("v3.5.1/applications.list.project-token")]);
    let text = text(call_as(replay.url(), "proj", "list_applications", json!({})));
    assert!(text.starts_with("1 application; ") && text.contains("frozen\tteam-a"), "{text}");
}
