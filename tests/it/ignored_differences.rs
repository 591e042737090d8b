//! `get_application_managed_resources`: what Argo CD ignores when it compares, a sync overwrites nevertheless.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
};

fn ask(items: &[Value], application: &Value, more: Value) -> String {
    let (items, application) = (items.to_vec(), application.clone());
    let server = Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        path if path.ends_with("/managed-resources") => http::json(200, &json!({ "items": items })),
        _ => http::json(200, &application),
    });
    let mut arguments = json!({ "applicationName": "shop" });
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    text(call(&server.url, "get_application_managed_resources", arguments))
}

/// Its four states; the last two are the same.
fn item(kind: &str, target: &Value, live: &Value, compared: &Value) -> Value {
    json!({
        "kind": kind, "namespace": "shop", "name": "web",
        "targetState": target.to_string(), "liveState": live.to_string(),
        "normalizedLiveState": compared.to_string(), "predictedLiveState": compared.to_string(),
    })
}

fn deployment(replicas: Option<u8>, image: Option<&str>, more: Value) -> Value {
    let mut containers = vec![json!({ "name": "web" })];
    image.into_iter().for_each(|image| containers[0]["image"] = image.into());
    containers.extend(more.as_array().unwrap().clone());
    let mut deployment =
        json!({ "kind": "Deployment", "spec": { "template": { "spec": { "containers": containers } } } });
    replicas.into_iter().for_each(|replicas| deployment["spec"]["replicas"] = replicas.into());
    deployment
}

/// A Deployment whose replicas and image are ignored; a sidecar, a default and a status are the cluster's alone.
fn scaled() -> Value {
    let sidecar = json!([{ "name": "proxy", "image": "proxy:1" }]);
    let target = deployment(Some(2), Some("web:1"), json!([]));
    let mut live = deployment(Some(7), Some("web:2"), sidecar.clone());
    live["spec"]["progressDeadlineSeconds"] = 600.into();
    live["status"] = json!({ "replicas": 7 });
    // The server's default stands in the place of what is ignored.
    let mut compared = deployment(Some(1), None, sidecar);
    compared["spec"]["progressDeadlineSeconds"] = 600.into();
    item("Deployment", &target, &live, &compared)
}

fn application(options: &[&str]) -> Value {
    json!({ "metadata": { "name": "shop" }, "spec": { "syncPolicy": { "syncOptions": options } }, "status": { "sync": { "status": "Synced" } } })
}

#[test]
fn what_is_ignored_is_overwritten() {
    let shown = ask(&[scaled()], &application(&["CreateNamespace=true"]), json!({}));
    assert!(shown.starts_with("1 managed resource, 1 differs from the repository\n"), "{shown}");
    assert!(shown.contains("overwrite Deployment shop/web: spec.replicas 7 \u{2192} 2, "), "{shown}");
    assert!(
        shown.contains(".image web:2 \u{2192} web:1\n") || shown.ends_with(".image web:2 \u{2192} web:1"),
        "{shown}"
    );
    assert!(
        shown
            .contains("a sync overwrites it nevertheless; the syncOption RespectIgnoreDifferences=true prevents that)"),
        "{shown}"
    );
    let show = |state: &str| ask(&[scaled()], &application(&[]), json!({ "name": "web", "show": state }));
    let live = show("live");
    assert!(live.contains("(live)") && live.contains("replicas: 7") && live.contains("web:2"), "{live}");
    let desired = show("desired");
    assert!(desired.contains("replicas: 2") && desired.contains("web:1") && desired.contains("proxy:1"), "{desired}");
    assert!(!desired.contains("status"), "{desired}");
    let diff = show("diff");
    assert!(diff.contains("-  replicas: 7\n+  replicas: 2\n"), "{diff}");
    let json = ask(&[scaled()], &application(&[]), json!({ "output": "json" }));
    assert!(json.contains(r#""change":"overwrite","fields":["spec.replicas 7"#), "{json}");
}

#[test]
fn what_a_sync_leaves_alone_is_the_same() {
    let respects = application(&["RespectIgnoreDifferences=true"]);
    for options in [&respects, &application(&["ApplyOutOfSyncOnly=true"])] {
        let shown = ask(&[scaled()], options, json!({}));
        assert_eq!(shown, "1 managed resource, a sync would change none");
    }
    let desired = ask(&[scaled()], &respects, json!({ "name": "web", "show": "desired" }));
    assert!(desired.contains("replicas: 7") && desired.contains("web:2"), "{desired}");
    // Nobody tells which it is.
    let shown = ask(&[scaled()], &json!([]), json!({}));
    assert!(shown.contains("nevertheless, unless its option RespectIgnoreDifferences is true)"), "{shown}");
}

#[test]
fn what_differs_besides_is_told_with_it() {
    let mut changed = scaled();
    changed["modified"] = true.into();
    let mut predicted: Value = changed["predictedLiveState"].as_str().unwrap().parse().unwrap();
    predicted["spec"]["paused"] = true.into();
    changed["predictedLiveState"] = predicted.to_string().into();
    let shown = ask(&[changed.clone()], &application(&["ApplyOutOfSyncOnly=true"]), json!({}));
    assert!(shown.contains("change Deployment shop/web: spec.paused none \u{2192} true, spec.replicas 7"), "{shown}");
    assert!(
        shown
            .contains("a sync overwrites it nevertheless; the syncOption RespectIgnoreDifferences=true prevents that)"),
        "{shown}"
    );
    let shown = ask(&[changed], &application(&["RespectIgnoreDifferences=true"]), json!({}));
    assert!(shown.contains("change Deployment shop/web: spec.paused none \u{2192} true"), "{shown}");
    assert!(!shown.contains("replicas") && !shown.contains("ignore"), "{shown}");
}

#[test]
fn what_only_a_server_writes_differently_is_no_difference() {
    // As the API server keeps it, and as Argo CD marks what it hides.
    let target = json!({ "kind": "Secret", "data": { "key": "++++++++" }, "spec": { "cpu": "1000m", "rules": [] } });
    let live = json!({ "kind": "Secret", "data": { "key": "+++++++++" }, "spec": { "cpu": "1", "rules": [1] } });
    let compared = json!({ "kind": "Secret", "data": { "key": "++++++++" }, "spec": { "cpu": "1" } });
    let shown = ask(&[item("Secret", &target, &live, &compared)], &application(&[]), json!({}));
    assert_eq!(shown, "1 managed resource, a sync would change none");
}

#[test]
fn what_is_ignored_of_a_secret_stays_masked() {
    let state = |key: &str| json!({ "kind": "Secret", "data": { "key": key } });
    let none = json!({ "kind": "Secret", "data": {} });
    let secret = item("Secret", &state("b25lLXNlY3JldA=="), &state("YW5vdGhlci1zZWNyZXQ="), &none);
    for more in [
        json!({}),
        json!({ "show": "live" }),
        json!({ "show": "desired" }),
        json!({ "show": "diff" }),
        json!({ "show": "live", "output": "json" }),
    ] {
        let shown = ask(std::slice::from_ref(&secret), &application(&[]), more);
        assert!(shown.contains("masked") && !shown.contains("b25l") && !shown.contains("YW5v"), "{shown}");
    }
}

#[test]
fn what_a_sync_replaces_whole_is_told_though_it_compares_the_same() {
    let object = |replicas: Option<u8>, options: &str| {
        let annotations = json!({ "argocd.argoproj.io/sync-options": options });
        let mut object = json!({ "kind": "Deployment", "metadata": { "annotations": annotations }, "spec": {} });
        replicas.into_iter().for_each(|replicas| object["spec"]["replicas"] = replicas.into());
        object
    };
    let same = |options: &str| {
        let live = object(Some(5), options);
        item("Deployment", &object(None, options), &live, &live)
    };
    let note = "(option Replace=true: a sync replaces whole, so that what the repository does not set goes: Deployment shop/web)";
    let of_the_application = ask(&[same("")], &application(&["Replace=true"]), json!({}));
    let annotated = ask(&[same("Validate=false, Replace=true")], &application(&[]), json!({}));
    assert_eq!(annotated, of_the_application);
    assert!(annotated.contains(note) && !annotated.contains("change none"), "{annotated}");
    let one = ask(&[same("Replace=true")], &application(&[]), json!({ "name": "web" }));
    assert!(one.contains(note) && !one.contains("change nothing"), "{one}");
    let forced = ask(&[same("Replace=true,Force=true")], &application(&[]), json!({}));
    assert!(forced.contains("goes, those with Force=true by deleting them first: Deployment"), "{forced}");
    let skipped = ask(&[same("Replace=true")], &application(&["ApplyOutOfSyncOnly=true"]), json!({}));
    assert_eq!(skipped, "1 managed resource, a sync would change none");
    let json = ask(&[same("Replace=true")], &application(&[]), json!({ "output": "json" }));
    assert!(json.contains(r#""replaced":true"#), "{json}");
}

#[test]
fn what_the_project_may_not_permit_is_told() {
    let target = json!({ "kind": "Job" });
    let mut new = item("Job", &target, &target, &target);
    for none in ["liveState", "normalizedLiveState"] {
        new[none] = "null".into();
    }
    let mut application = application(&[]);
    let status = |status: &str| json!([{ "kind": "Job", "namespace": "shop", "name": "web", "status": status }]);
    application["status"]["resources"] = status("OutOfSync");
    let shown = ask(&[new.clone()], &application, json!({}));
    assert!(shown.contains("\ncreate Job shop/web") && !shown.contains("permit"), "{shown}");
    application["status"]["resources"] = status("Unknown");
    let shown = ask(&[new.clone()], &application, json!({}));
    assert!(shown.contains("\ncreate Job shop/web: not compared with the others, as its project may not permit it; then a sync of all fails"), "{shown}");
    assert!(ask(&[new], &application, json!({ "output": "json" })).contains(r#""unsure":true"#));
}
