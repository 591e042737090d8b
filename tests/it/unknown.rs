//! What Argo CD does not know is not told as if it did.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    recordings,
    stage::Stage,
    views::said,
};

const BROKEN: &str = "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = Manifest generation error (cached): failed to execute helm template command: failed to get command args to log: `helm template . --name-template checkout --namespace checkout --kube-version 1.33 --values <path to cached source>/values.yaml --set image.tag=1 --include-crds` failed exit status 1: Error: execution error at (checkout/templates/deployment.yaml:12:20): image.repository is required";

fn comparison_error() -> Value {
    json!([{ "type": "ComparisonError", "message": BROKEN, "lastTransitionTime": "2026-11-22T21:25:00Z" }])
}

/// What `get_application_managed_resources` says where the application is as given.
fn managed(items: Value, application: Value, arguments: Value) -> String {
    let server = Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        path if path.ends_with("/managed-resources") => http::json(200, &json!({ "items": items })),
        _ => http::json(200, &application),
    });
    text(call(&server.url, "get_application_managed_resources", arguments))
}

fn resource(name: &str, live: &Value, desired: &Value) -> Value {
    json!({ "kind": "ConfigMap", "namespace": "shop", "name": name, "normalizedLiveState": live.to_string(), "predictedLiveState": desired.to_string() })
}

#[test]
fn what_could_not_be_generated_is_not_pruned() {
    let live = json!({ "kind": "ConfigMap", "metadata": { "name": "a" } });
    let items = json!([resource("a", &live, &Value::Null), resource("b", &live, &Value::Null)]);
    let ask = |application: &Value, more: Value| {
        let mut arguments = json!({ "applicationName": "shop" });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        managed(items.clone(), application.clone(), arguments)
    };
    let broken = json!({ "metadata": { "name": "shop" }, "status": { "conditions": comparison_error(), "sync": { "status": "Unknown" } } });
    let shown = ask(&broken, json!({}));
    assert!(shown.starts_with("2 managed resources, how they differ from the repository is not known\n"), "{shown}");
    assert!(
        shown.contains("Argo CD could not compare them: ComparisonError: failed to execute helm template"),
        "{shown}"
    );
    assert!(shown.contains("image.repository is required") && shown.contains("unknown ConfigMap shop/a"), "{shown}");
    assert!(!shown.contains("prune"), "{shown}");
    let shown = ask(&broken, json!({ "kind": "ConfigMap", "name": "a", "show": "desired" }));
    assert!(shown.contains("ConfigMap shop/a: unknown") && !shown.contains("is not in the repository"), "{shown}");
    assert!(ask(&broken, json!({ "show": "live" })).contains("  name: a"));
    let shown = ask(&broken, json!({ "output": "json" }));
    assert!(shown.contains(r#""change":"unknown""#) && shown.contains(r#""unknown":"ComparisonError"#), "{shown}");
    // The repository has none of them, and Argo CD knows it; or nobody tells.
    for application in
        [json!({ "metadata": { "name": "shop" }, "status": { "sync": { "status": "OutOfSync" } } }), json!([])]
    {
        let shown = ask(&application, json!({}));
        assert!(shown.starts_with("2 managed resources, 2 differ from the repository\n"), "{shown}");
        assert!(shown.contains("prune ConfigMap shop/a") && shown.contains("with prune=true"), "{shown}");
    }
}

#[test]
fn what_could_not_be_compared_is_not_the_same() {
    let items = json!([resource("a", &json!({}), &json!({})), resource("b", &json!({}), &json!({}))]);
    let application = json!({ "metadata": { "name": "shop" }, "status": { "sync": { "status": "Unknown" } } });
    let shown = managed(items, application, json!({ "applicationName": "shop" }));
    assert!(shown.contains("not known") && shown.contains("its sync status is Unknown"), "{shown}");
}

#[test]
fn what_is_annotated_to_stay_is_not_pruned() {
    let annotations = json!({ "argocd.argoproj.io/sync-options": "Replace=true,Prune=false" });
    let kept = json!({ "kind": "ConfigMap", "metadata": { "annotations": annotations } });
    let live = json!({ "kind": "ConfigMap" });
    let items = json!([resource("a", &kept, &Value::Null), resource("b", &live, &live)]);
    let shown = managed(items, json!({}), json!({ "applicationName": "shop" }));
    assert!(
        shown.contains(
            "keep ConfigMap shop/a: not in the repository, but Prune=false, its own or its application's, keeps it"
        ),
        "{shown}"
    );
}

#[test]
fn an_application_is_green_only_if_it_is_healthy() {
    let shown = |status: Value| {
        let application = json!({ "metadata": { "name": "shop" }, "spec": { "project": "default" }, "status": status });
        said("get_application", json!({ "applicationName": "shop" }), application)
    };
    let resources = json!([{ "kind": "Deployment", "name": "a", "status": "Synced" }]);
    let green = shown(json!({ "resources": resources, "health": { "status": "Healthy" } }));
    assert!(green.contains("all resources green (1)"), "{green}");
    // From 3.0 on the health of resources may be missing.
    let degraded = shown(json!({ "resources": resources, "health": { "status": "Degraded" } }));
    assert!(degraded.contains("no resource is said to be unwell or out of sync (1)"), "{degraded}");
    let resources = json!([{ "kind": "Deployment", "name": "a", "status": "Unknown", "requiresPruning": true, "requiresDeletionConfirmation": true }]);
    let unknown = shown(json!({ "resources": resources, "conditions": comparison_error() }));
    assert!(unknown.contains("Deployment a: Unknown\n"), "{unknown}");
    assert!(unknown.contains("never deleted before a person's argocd app confirm-deletion (1"), "{unknown}");
    assert!(unknown.contains("`helm template …` failed exit status 1: Error: execution error at"), "{unknown}");
    assert!(unknown.contains("image.repository is required"), "{unknown}");
}

#[test]
fn a_resource_of_which_nothing_is_known_is_missing() {
    let node = |name: &str, more: Value| {
        let mut node = json!({ "kind": "Deployment", "namespace": "shop", "name": name });
        node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        node
    };
    let tree = json!({ "nodes": [node("a", json!({ "uid": "1" })), node("b", json!({}))], "orphanedNodes": [node("c", json!({}))] });
    let ask = |more: Value| {
        let mut arguments = json!({ "applicationName": "shop" });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        said("get_application_resource_tree", arguments, tree.clone())
    };
    let shown = ask(json!({}));
    assert!(shown.starts_with("2 resources, 1 not well\n") && shown.contains("Deployment shop/b: Missing"), "{shown}");
    assert!(ask(json!({ "health": "Missing" })).starts_with("1 of 2 resources\n"));
    let json = ask(json!({ "health": ["Missing"], "output": "json" }));
    assert!(json.contains(r#""health":{"status":"Missing"}"#), "{json}");
}

#[test]
fn a_deletion_says_what_is_not_known_what_stays_and_who_must_confirm() {
    let delete = |more: Value, change: &dyn Fn(&mut Value)| {
        let stage = Stage::start("v3.5.1");
        change(&mut stage.state.lock().unwrap().application);
        let mut arguments = json!({ "applicationName": "scratch" });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        text(call(&stage.server.url, "delete_application", arguments))
    };
    let dead = recordings::load("v3.5.1/applications.get.on-dead").response.json.unwrap();
    let unknown = |application: &mut Value| application["status"] = dead["status"].clone();
    let shown = delete(json!({}), &unknown);
    assert!(
        shown.contains("does not know what is in the cluster now, but what it deployed goes as far as its cluster can be reached: ComparisonError: "),
        "{shown}"
    );
    let shown = delete(json!({ "cascade": false }), &unknown);
    assert!(
        shown.contains("of the application alone") && shown.contains("what it deployed stays, unmanaged"),
        "{shown}"
    );
    let missing = |application: &mut Value| {
        application["status"]["conditions"] = comparison_error();
        for resource in application["status"]["resources"].as_array_mut().unwrap() {
            resource["health"] = json!({ "status": "Missing" });
        }
    };
    let shown = delete(json!({}), &missing);
    assert!(!shown.contains("none is in the cluster") && shown.contains("It knew 4 resources: ConfigMap"), "{shown}");

    let stays = |application: &mut Value| {
        let resources = application["status"]["resources"].as_array_mut().unwrap();
        resources
            .push(json!({ "kind": "CustomResourceDefinition", "name": "widgets.example.com", "status": "Synced" }));
        resources[0]["requiresDeletionConfirmation"] = json!(true);
        application["metadata"]["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io"]);
    };
    let shown = delete(json!({ "propagationPolicy": "background" }), &stays);
    assert!(shown.contains("go its 4 resources (foreground, as its finalizer says, not background): "), "{shown}");
    assert!(shown.contains("CRDs stay: CustomResourceDefinition widgets.example.com"), "{shown}");
    assert!(shown.contains("`argocd app confirm-deletion scratch`"), "{shown}");
    let keeps = |application: &mut Value| application["spec"]["syncPolicy"]["syncOptions"] = json!(["Delete=false"]);
    let shown = delete(json!({}), &keeps);
    assert!(shown.contains("Its syncOption Delete=false keeps 4 resources: "), "{shown}");
    assert!(!shown.contains("with it go"), "{shown}");
}
