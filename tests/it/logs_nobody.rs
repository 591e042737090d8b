//! `get_application_workload_logs` where there are none: of orphans, of containers that are not there, of many pods.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
};

/// A stream of complaints, as Argo CD sends them, and its end.
fn complaints(said: &[String]) -> String {
    let line = |content: &str, last: bool| {
        let result = json!({ "content": content, "podName": "", "timeStampStr": "2026-11-22T10:00:00Z", "last": last });
        format!("{}\n", json!({ "result": result }))
    };
    said.iter().map(|said| line(said, false)).chain([line("", true)]).collect()
}

fn ask(tree: &Value, with_container: String, without: String, more: Value) -> (String, usize) {
    let tree = tree.clone();
    let server = Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        path if path.ends_with("/resource-tree") => http::json(200, &tree),
        path if path.ends_with("/resource") && tree["manifest"].is_object() => {
            http::json(200, &json!({ "manifest": tree["manifest"].to_string() }))
        }
        path if path.ends_with("/resource") => http::json(404, &json!({ "code": 5, "message": "none" })),
        _ => {
            let chosen = request.query().iter().any(|(name, _)| name == "container");
            let body = if chosen { &with_container } else { &without };
            http::answer(200, "application/json", body.as_bytes())
        }
    });
    let mut arguments = json!({ "applicationName": "shop", "resourceRef": "apps:Deployment:shop/web" });
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let said = text(call(&server.url, "get_application_workload_logs", arguments));
    (said, server.requests().iter().filter(|request| request.path().ends_with("/logs")).count())
}

#[test]
fn of_what_no_application_manages_argo_cd_gives_no_logs() {
    let web = json!({ "group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web", "uid": "1" });
    let other = json!({ "group": "", "kind": "Service", "namespace": "shop", "name": "web", "uid": "2" });
    let orphaned = json!({ "nodes": [other], "orphanedNodes": [web] });
    let said = |tree: &Value, more: Value| ask(tree, String::new(), String::new(), more).0;
    let why = "no application manages this resource";
    let shown = said(&orphaned, json!({}));
    assert!(shown.starts_with("No logs: ") && shown.contains(why) && shown.contains("kubectl logs"), "{shown}");
    let shown = said(&orphaned, json!({ "output": "json" }));
    let json: Value = serde_json::from_str(&shown).unwrap();
    assert!(json["problems"][0].as_str().unwrap().contains(why) && json["total"] == 0, "{json}");
    let managed = json!({ "nodes": [web], "orphanedNodes": [other] });
    let shown = said(&managed, json!({}));
    assert!(shown.starts_with("No logs: no pod belongs to this resource now."), "{shown}");
}

#[test]
fn pods_that_complain_of_the_same_are_told_once() {
    let pods = |text: &str| ["a", "b", "c"].iter().map(|pod| text.replace('#', pod)).collect::<Vec<_>>();
    let all = [
        pods("a container name must be specified for pod web-#, choose one of: [app side]"),
        pods("container \"app\" in pod \"web-#\" is waiting to start: ErrImagePull"),
        vec!["something else".to_owned()],
    ];
    let manifest =
        json!({ "spec": { "template": { "spec": { "containers": [{ "name": "app" }, { "name": "side" }] } } } });
    let (shown, _) =
        ask(&json!({ "manifest": manifest }), complaints(&all[1..].concat()), complaints(&all.concat()), json!({}));
    let wanted = "[error: Refused]\n\
        container \"app\" in pod \"web-a\" and 2 more is waiting to start: ErrImagePull; something else\n\
        This is of container app, one of app, side; container=NAME takes another.";
    assert_eq!(shown, wanted);
}

#[test]
fn a_container_that_is_not_there_is_answered_with_those_that_are() {
    let wrong = || complaints(&["container nope is not valid for pod web-a".to_owned()]);
    let two = complaints(&["a container name must be specified for pod web-a, choose one of: [app side]".to_owned()]);
    let (shown, asked) = ask(&json!({}), wrong(), two.clone(), json!({ "container": "nope" }));
    let wanted = "[error: Refused]\ncontainer nope is not valid for pod web-a\nCall again with container set to one of [app side].";
    assert_eq!((shown.as_str(), asked), (wanted, 2));
    let line = json!({ "result": { "content": "up", "podName": "web-a", "timeStampStr": "2026-11-22T10:00:00Z", "last": false } });
    let (shown, _) = ask(&json!({}), wrong(), format!("{line}\n"), json!({ "container": "nope" }));
    assert!(shown.ends_with("\nLeave container out, or take one that the pod has."), "{shown}");
}

#[test]
fn the_container_that_fails_is_taken_or_the_one_of_kubectl() {
    let asked_for = || {
        complaints(&[
            "a container name must be specified for pod web-1-x, choose one of: [wait side app]".to_owned(),
            "a container name must be specified for pod web-2-y, choose one of: [wait side new]".to_owned(),
        ])
    };
    let line = json!({ "result": { "content": "up", "podName": "web-1-x", "timeStampStr": "2026-11-22T10:00:00Z", "last": false } });
    let template = |annotations: Value| {
        let pod =
            json!({ "initContainers": [{ "name": "wait" }], "containers": [{ "name": "side" }, { "name": "app" }] });
        json!({ "spec": { "template": { "metadata": { "annotations": annotations }, "spec": pod } } })
    };
    let tree = |parent: &str, message: &str, manifest: Value| {
        let node = |kind: &str, name: &str, uid: &str, parent: &str| json!({ "kind": kind, "namespace": "shop", "name": name, "uid": uid, "parentRefs": [{ "uid": parent }] });
        let mut pod = node("Pod", "web-1-x", "3", parent);
        pod["health"] = json!({ "status": "Degraded", "message": message });
        let nodes = [node("Deployment", "web", "1", ""), node("ReplicaSet", "web-1", "2", "1"), pod];
        json!({ "nodes": nodes, "manifest": manifest })
    };
    let failing = "back-off 5m0s restarting failed container=new pod=web-1-x_shop(1)";
    let annotated = json!({ "kubectl.kubernetes.io/default-container": "app" });
    for (tree, taken) in [
        (tree("2", failing, Value::Null), "new, which fails"),
        (tree("of another", failing, template(json!({}))), "side"),
        (tree("2", "ImagePullBackOff", template(json!({}))), "side"),
        (tree("2", "", template(annotated)), "app"),
    ] {
        let (shown, asked) = ask(&tree, format!("{line}\n"), asked_for(), json!({ "maxBytes": 1000 }));
        let note =
            format!("container {taken}, one of wait, side, app, new; container=NAME takes another\nweb-1-x (1 line;");
        assert!(shown.starts_with(&note) && asked == 2, "{shown}");
        let (json, _) = ask(&tree, format!("{line}\n"), asked_for(), json!({ "output": "json" }));
        let json: Value = serde_json::from_str(&json).unwrap();
        let name = taken.split(',').next();
        assert_eq!((json["container"].as_str(), json["total"].as_u64()), (name, Some(1)));
    }
    let (shown, asked) = ask(&json!({}), format!("{line}\n"), asked_for(), json!({}));
    assert!(
        shown.ends_with("Call again with container set to one of [wait side app], or of [wait side new].")
            && asked == 1,
        "{shown}"
    );
}
