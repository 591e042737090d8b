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
    let (shown, _) = ask(&json!({}), complaints(&all[1..].concat()), complaints(&all.concat()), json!({}));
    let wanted = "[error: Refused]\n\
        container \"app\" in pod \"web-a\" and 2 more is waiting to start: ErrImagePull; something else\n\
        This is of container app, of app, side (argument container takes another).";
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
fn the_container_that_fails_is_taken_or_the_first() {
    let two =
        || complaints(&["a container name must be specified for pod web-1-x, choose one of: [side app]".to_owned()]);
    let line = json!({ "result": { "content": "up", "podName": "web-1-x", "timeStampStr": "2026-11-22T10:00:00Z", "last": false } });
    let pod = |name: &str, message: &str| {
        let health = json!({ "status": "Degraded", "message": message });
        json!({ "nodes": [{ "kind": "Pod", "namespace": "shop", "name": name, "uid": "1", "health": health }] })
    };
    let failing = "back-off 5m0s restarting failed container=app pod=web-1-x_shop(1)";
    for (tree, taken) in [
        (pod("web-1-x", failing), "app"),
        (pod("web-1-x", "ImagePullBackOff"), "side"),
        (pod("webhook-1", failing), "side"),
        (json!({}), "side"),
    ] {
        let (shown, asked) = ask(&tree, format!("{line}\n"), two(), json!({ "maxBytes": 1000 }));
        let note = format!("container {taken}, of side, app (argument container takes another)\nweb-1-x (1 line;");
        assert!(shown.starts_with(&note) && asked == 2, "{shown}");
        let (json, _) = ask(&tree, format!("{line}\n"), two(), json!({ "output": "json" }));
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!((json["container"].as_str(), json["total"].as_u64()), (Some(taken), Some(1)));
    }
}
