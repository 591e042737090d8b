//! The sources of an application in what is written: what counts for nothing, and what is not whole.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    stage::Stage,
};

fn update(change: fn(&mut Value), spec: Value) -> String {
    let stage = Stage::start("v3.5.1");
    change(&mut stage.state.lock().unwrap().application);
    let arguments = json!({ "applicationName": "scratch", "application": { "spec": spec } });
    let said = text(call(&stage.server.url, "update_application", arguments));
    assert!(stage.writes().is_empty(), "{said}");
    said
}

#[test]
fn a_source_of_nulls_counts_for_nothing_beside_several() {
    let several = |application: &mut Value| {
        application["spec"].as_object_mut().unwrap().remove("source");
        application["spec"]["sources"] = json!([{ "repoURL": "r", "path": "p" }]);
    };
    for source in [
        json!({ "kustomize": { "images": null } }),
        json!({ "targetRevision": null }),
        json!({ "helm": { "parameters": null } }),
        json!({ "targetRevision": "HEAD" }),
    ] {
        let said = update(several, json!({ "source": source }));
        assert!(
            said.contains("`application.spec.source` counts for nothing beside `spec.sources`"),
            "{source}: {said}"
        );
        assert!(said.contains("Give the whole list `spec.sources`"), "{said}");
    }
    let said = update(several, json!({ "source": null }));
    assert!(said.contains("is so already"), "{said}");
}

#[test]
fn a_source_that_is_not_whole_is_refused_before_any_request() {
    let server = Server::start(|_| http::json(200, &json!({})));
    let list = json!([{ "targetRevision": "v2" }, { "repoURL": "r", "ref": "values" }]);
    let arguments = json!({ "applicationName": "shop", "application": { "spec": { "sources": list } } });
    let said = text(call(&server.url, "update_application", arguments));
    assert!(said.contains("- `application.spec.sources[0].repoURL` is missing\n"), "{said}");
    assert!(said.contains("`application.spec.sources[0].path` or `application.spec.sources[0].chart` or "), "{said}");
    assert!(
        said.contains("The list takes the place of the one before: give each source whole")
            && !said.contains("sources[1]"),
        "{said}"
    );
    let spec = json!({ "project": "p", "source": { "path": "p" }, "destination": { "name": "c" } });
    let arguments = json!({ "application": { "metadata": { "name": "x" }, "spec": spec } });
    let said = text(call(&server.url, "create_application", arguments));
    assert!(said.contains("`application.spec.source.repoURL` is missing") && !said.contains("validate"), "{said}");
    assert!(server.requests().iter().all(|request| request.path() == "/api/version"));
    let said = update(|_| {}, json!({ "source": { "path": null } }));
    assert!(said.contains("`application.spec.source.path` or `application.spec.source.chart` is missing"), "{said}");
}

#[test]
fn what_is_wrong_with_a_new_application_is_not_older_than_it() {
    let message = "application spec for x is invalid: InvalidSpecError: Unable to generate manifests in nope: nope: app path does not exist";
    let said = |upsert: bool| {
        let server = Server::start(move |request| match request.method.as_str() {
            "POST" => http::json(400, &json!({ "code": 3, "message": message })),
            _ => http::json(200, &json!({ "Version": "v3.5.1" })),
        });
        let source = json!({ "repoURL": "r", "path": "nope" });
        let spec = json!({ "project": "p", "source": source, "destination": { "name": "c" } });
        let arguments = json!({ "application": { "metadata": { "name": "x" }, "spec": spec }, "upsert": upsert });
        text(call(&server.url, "create_application", arguments))
    };
    assert!(said(false).contains("\nCorrect what it names; validate=false creates it as it is"), "{}", said(false));
    assert!(said(true).contains("where that is older than this call"), "{}", said(true));
}
