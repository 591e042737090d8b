//! The demo refuses what a real Argo CD refuses, in the same words.

use serde_json::{Value, json};

use super::{Fixture, own_application};
use crate::recordings::{self, Recording};

/// Words of a recording and what stands for them in the story.
type Words<'a> = &'a [(&'a str, &'a str)];

fn check(fixture: &Fixture, name: &str, method: &str, path: &str, body: Option<Value>, words: Words<'_>) {
    let Recording { response, .. } = recordings::load(name);
    let (status, answer) = fixture.send(method, path, body.as_ref());
    let said = response.json.map_or_else(|| response.text.unwrap(), |json| json.to_string());
    let expected = words.iter().fold(said, |text, (from, to)| text.replace(from, to));
    let expected: Value = serde_json::from_str(&expected).unwrap_or(Value::String(expected));
    assert_eq!((Some(status), &answer), (response.status, &expected), "{name}: {method} {path}");
}

#[test]
fn reads_are_refused_as_recorded() {
    let fixture = Fixture::start();
    let get = |name: &str, path: &str, words: Words<'_>| check(&fixture, name, "GET", path, None, words);
    get("v3.5.1/applications.get.missing", "/api/v1/applications/nope", &[]);
    get("v3.5.1/applications.get.missing-with-project", "/api/v1/applications/nope?project=shop", &[]);
    get("v3.5.1/applications.get.wrong-project", "/api/v1/applications/cart?project=finance", &[("checkout", "cart")]);
    get("v3.5.1/applications.get.tenant-app-without-namespace", "/api/v1/applications/reports", &[]);
    get("v3.5.1/applications.get.colon", "/api/v1/applications/a:b", &[]);
    get("v3.5.1/applications.get.encoded-slash", "/api/v1/applications/team-data%2Freports", &[]);
    get("v3.5.1/applications.get.dotdot", "/api/v1/applications/%2E%2E%2Fclusters", &[]);
    get("v3.5.1/applications.list.selector-bad", "/api/v1/applications?selector=env%20in%20(prod", &[]);
    get("v3.5.1/applications.list.fields-exclude", "/api/v1/applications?fields=-items.status", &[]);
    get("v3.5.1/managed-resources.missing", "/api/v1/applications/nope/managed-resources", &[]);
    get("v3.5.1/events.application.missing", "/api/v1/applications/nope/events", &[]);
    get("v3.5.1/logs.missing-app", "/api/v1/applications/nope/logs?kind=Deployment", &[]);
    get("v3.5.1/logs.bad-tail", "/api/v1/applications/cart/logs?tailLines=five", &[]);
    get("v3.5.1/logs.empty-tail", "/api/v1/applications/cart/logs?tailLines=", &[]);
    get(
        "v3.5.1/logs.no-match",
        "/api/v1/applications/cart/logs?namespace=cart&group=apps&kind=Deployment&resourceName=nope",
        &[],
    );
    get("v3.5.1/projects.get.missing", "/api/v1/projects/nope", &[]);
    get("v3.5.1-more/clusters.get.missing", "/api/v1/clusters/https%3A%2F%2Fnope.example", &[]);
    get("v3.5.1-more/applicationsets.get.missing", "/api/v1/applicationsets/nope", &[]);
    let named = "namespace=cart&resourceName=cart&group=apps&kind=Deployment";
    get("v3.5.1/resource.get.version-absent", &format!("/api/v1/applications/cart/resource?{named}"), &[]);
    get(
        "v3.5.1/resource.get.not-in-app",
        "/api/v1/applications/cart/resource?namespace=default&resourceName=nope&version=v1&group=&kind=ConfigMap",
        &[("checkout", "cart")],
    );
    get(
        "v3.5.1/events.resource.wrong-uid",
        "/api/v1/applications/cart/events?resourceNamespace=cart&resourceName=cart&resourceUID=0",
        &[("checkout", "cart")],
    );
    get("v3.5.1/route.unknown", "/api/v1/nope", &[]);
    get("v3.5.1/route.method", "/api/v1/version", &[]);
}

#[test]
fn writes_are_refused_as_recorded() {
    let fixture = Fixture::start();
    let mine = own_application("mine");
    let (status, _) = fixture.send("POST", "/api/v1/applications", Some(&mine));
    assert_eq!(status, 200);
    let post =
        |name: &str, path: &str, body: Value, words: Words<'_>| check(&fixture, name, "POST", path, Some(body), words);
    let words: Words<'_> = &[
        ("scratch3", "mine3"),
        ("scratch", "mine"),
        ("http://127.0.0.1:9080/shop.git", "https://git.shop.example/shop/deploy.git"),
        ("team-b", "data"),
    ];
    let with = |pointer: &str, value: &str| {
        let mut application = mine.clone();
        *application.pointer_mut(pointer).unwrap() = value.into();
        application
    };
    let create = "/api/v1/applications";
    post("v3.5.1/applications.create.again-different", create, with("/spec/project", "data"), words);
    post("v3.5.1/applications.create.bad-name", create, with("/metadata/name", "Bad_Name"), &[]);
    post("v3.5.1/applications.create.bad-project", create, with("/spec/project", "no-such-project"), &[]);
    let mut elsewhere = with("/spec/source/path", "no/such/path");
    elsewhere["metadata"]["name"] = "mine3".into();
    post("v3.5.1/applications.create.bad-path", create, elsewhere, words);
    post(
        "v3.5.1/applications.create.wrong-type",
        create,
        json!({ "metadata": { "name": "x" }, "spec": { "project": 7 } }),
        &[],
    );
    let sync = "/api/v1/applications/mine/sync";
    post("v3.5.1/applications.sync.array-options", sync, json!({ "syncOptions": ["CreateNamespace=true"] }), &[]);
    post("v3.5.1/applications.sync.bad-revision", sync, json!({ "revision": "no-such-branch" }), &[]);
    post("v3.5.1/applications.sync.missing", "/api/v1/applications/nope/sync", json!({}), &[]);
    post("v3.5.1/applications.sync.window", "/api/v1/applications/ledger/sync", json!({}), &[]);
    post(
        "v3.5.1/applications.sync.auto-sync-other-revision",
        "/api/v1/applications/cart/sync",
        json!({ "revision": "HEAD~1" }),
        &[],
    );
    fixture.sync("mine", &json!({}));
    post("v3.5.1/applications.sync.already-running", sync, json!({}), &[]);
    fixture.finished("mine");
    let rollback = "/api/v1/applications/mine/rollback";
    post("v3.5.1-more/applications.rollback.no-id", rollback, json!({}), &[]);
    post("v3.5.1-more/applications.rollback.unknown-id", rollback, json!({ "id": 9999 }), words);
    post("v3.5.1-more/applications.rollback.auto-sync", "/api/v1/applications/cart/rollback", json!({ "id": 0 }), &[]);
    let actions = "/api/v1/applications/mine/resource/actions/v2";
    let named = json!({ "namespace": "mine", "resourceName": "cart", "version": "v1", "group": "apps", "kind": "Deployment", "action": "explode" });
    post("v3.5.1/resource-actions.run.unknown", actions, named, &[]);
    post(
        "v3.5.1-more/resource.patch.no-type",
        "/api/v1/applications/mine/resource?namespace=mine&resourceName=cart&version=v1&group=apps&kind=Deployment",
        json!("{}"),
        &[],
    );
    let own = "/api/v1/applications/mine";
    check(
        &fixture,
        "v3.5.1-more/applications.patch.bad",
        "PATCH",
        own,
        Some(json!({ "patch": "{\"spec\":", "patchType": "merge" })),
        &[],
    );
    check(&fixture, "v3.5.1-more/applications.patch.no-type", "PATCH", own, Some(json!({ "patch": "{}" })), &[]);
    check(
        &fixture,
        "v3.5.1-more/applications.terminate.none-running",
        "DELETE",
        &format!("{own}/operation"),
        None,
        &[],
    );
    check(
        &fixture,
        "v3.5.1/applications.delete.bad-policy",
        "DELETE",
        &format!("{own}?propagationPolicy=Orphan"),
        None,
        &[],
    );
    check(&fixture, "v3.5.1/applications.delete.missing", "DELETE", "/api/v1/applications/nope", None, &[]);
    check(
        &fixture,
        "v3.5.1-more/resource.delete.not-in-app",
        "DELETE",
        &format!("{own}/resource?namespace=default&resourceName=nope&version=v1&group=&kind=ConfigMap"),
        None,
        &[("checkout", "mine")],
    );
}

#[test]
fn types_tokens_and_broken_bodies_are_refused_as_recorded() {
    let fixture = Fixture::start();
    let (unsupported, text) = (
        "text/plain; charset=utf-8".to_owned(),
        recordings::load("v3.5.1/applications.create.charset").response.text.unwrap(),
    );
    for content_type in [None, Some("application/json; charset=utf-8"), Some("text/plain")] {
        let request = reqwest::Client::new().post(format!("{}/api/v1/applications", fixture.base_url));
        let request = content_type.into_iter().fold(request, |request, value| request.header("content-type", value));
        assert_eq!(fixture.answered(request.body("{}")), (415, unsupported.clone(), text.clone()));
    }
    for token in ["", "notajwt"] {
        let request = |path: &str| reqwest::Client::new().get(format!("{}{path}", fixture.base_url)).bearer_auth(token);
        let (status, _, body) = fixture.answered(request("/api/v1/applications"));
        let expected = recordings::load("v3.5.1/applications.list.no-token").response.json.unwrap();
        assert_eq!((status, body), (401, expected.to_string()));
        let (status, _, body) = fixture.answered(request("/api/v1/stream/applications"));
        let expected = recordings::load("v3.5.1-more/watch.applications.no-token").response.chunks;
        assert_eq!((status, body.trim_end()), (401, expected[0].text.trim_end()));
        let (status, _, body) = fixture.answered(request("/api/v1/session/userinfo"));
        let expected = recordings::load("v3.5.1/session.userinfo.bad-token").response.json.unwrap();
        assert_eq!((status, body), (200, expected.to_string()));
        let (status, _, body) = fixture.answered(request("/api/version"));
        assert_eq!((status, body.contains("GitTag")), (200, false), "only the version is for everybody");
    }
    for selector in ["!!!", "a in", "a b", ",", "a=b=c"] {
        let (status, answer) = fixture.send("GET", &format!("/api/v1/applications?selector={selector}"), None);
        assert_eq!(
            (status, answer.to_string().contains("error parsing the selector")),
            (500, true),
            "{selector}: {answer}"
        );
    }
    let expected = recordings::load("v3.5.1/route.post-on-get").response.text.unwrap();
    let (status, _, body) = fixture.answered(fixture.request("POST", "/api/v1/settings").body("{}"));
    assert_eq!((status, body), (405, expected));
    let (status, _, body) = fixture.answered(fixture.request("POST", "/api/v1/applications").body("{nope"));
    let expected = recordings::load("v3.5.1/applications.create.not-json").response.json.unwrap();
    assert_eq!((status, body), (400, expected.to_string()));
}
