//! An application as a server answers it.

use serde_json::{Map, Value};

use super::{
    application::{App, Resource},
    cluster::Key,
    gather::Gather,
    git::is_hook,
    json::{list, set, text, without_empty},
    names::{Millis, time},
    world::{CONTROL_PLANE, World},
};

impl World {
    /// An application as the server answers it. A list leaves out the health of resources.
    pub(super) fn show(&self, app: &App, listed: bool) -> Value {
        let observed = self.observe(app);
        let mut metadata = app.metadata.clone();
        set(&mut metadata, "/resourceVersion", &app.version.to_string());
        if let Some(since) = app.deleting {
            set(&mut metadata, "/deletionTimestamp", &time(since));
            set(&mut metadata, "/deletionGracePeriodSeconds", &0);
        }
        let compared = json!({ "source": app.source(), "destination": app.spec.get("destination") });
        let resources: Vec<Value> = observed.resources.iter().map(|resource| status(app, resource, listed)).gather();
        let sync =
            without_empty(json!({ "status": observed.sync, "comparedTo": compared, "revision": observed.revision }));
        let mut shown = Map::new();
        let mut put = |key: &str, value: Value| shown.insert(key.to_owned(), value);
        put("resources", resources.into());
        put("sync", sync);
        put("health", json!({ "status": observed.health, "lastTransitionTime": time(app.health_since) }));
        put("history", app.history.clone().into());
        put("conditions", observed.problem.iter().map(|problem| condition(problem, app.reconciled)).gather().into());
        put("reconciledAt", json!(time(app.reconciled)));
        put("operationState", app.state.clone().unwrap_or_default());
        let source_type =
            self.repository(&app.source()).map(|repository| repository.source_type(&app.source(), &observed.revision));
        put("sourceType", source_type.unwrap_or_default().into());
        put("summary", Value::Null);
        put("resourceHealthSource", "appTree".into());
        put("controllerNamespace", CONTROL_PLANE.into());
        let mut status = without_empty(Value::Object(shown));
        set(&mut status, "/summary", &summary(app));
        set(&mut status, "/sourceHydrator", &json!({}));
        let mut all = json!({ "metadata": metadata, "spec": app.spec, "status": status });
        if let Some(operation) = &app.operation {
            set(&mut all, "/operation", operation);
        }
        all
    }
}

/// A resource in an application's status.
fn status(app: &App, resource: &Resource, listed: bool) -> Value {
    let Key { group, kind, namespace, name } = &resource.key;
    let manifest = app.live.get(&resource.key).map(|live| &live.manifest).or(resource.desired.as_ref());
    let version = manifest.map_or("v1", |manifest| text(manifest, "/apiVersion"));
    let version = version.rsplit('/').next().unwrap_or(version);
    let sync = if resource.synced { "Synced" } else { "OutOfSync" };
    let mut status = without_empty(json!({
        "group": group, "version": version, "kind": kind, "namespace": namespace, "name": name,
        "status": if resource.hook { "" } else { sync },
    }));
    // A list has no health of resources since 3.0: it is not stored with the application.
    if let Some((health, message)) = resource.health.as_ref().filter(|_| !listed) {
        set(&mut status, "/health", &without_empty(json!({ "status": health, "message": message })));
    }
    if resource.hook {
        set(&mut status, "/hook", &true);
    }
    if resource.desired.is_none() {
        set(&mut status, "/requiresPruning", &true);
    }
    status
}

fn condition(problem: &str, at: Millis) -> Value {
    let message = format!(
        "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = {problem}"
    );
    json!({ "type": "ComparisonError", "message": message, "lastTransitionTime": time(at) })
}

/// Images and addresses of what is live.
fn summary(app: &App) -> Value {
    let of = |pointer: &str, key: &str| -> Vec<Value> {
        let mut all = vec![];
        for live in app.live.values().filter(|live| !is_hook(&live.manifest)) {
            for item in list(&live.manifest, pointer) {
                if let Some(value) = item.get(key) {
                    all.push(value.clone());
                }
            }
        }
        all
    };
    let hosts = of("/spec/rules", "host");
    let addresses: Vec<Value> =
        hosts.iter().filter_map(Value::as_str).map(|host| json!(format!("http://{host}/"))).gather();
    let images = of("/spec/template/spec/containers", "image");
    without_empty(json!({ "externalURLs": addresses, "images": images }))
}
