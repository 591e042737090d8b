//! The repositories: commits that change the parameters of paths, and what a path renders to at a commit.

use serde_json::Value;

use super::{
    gather::Gather,
    json::{list, member, members, number, put, set, text},
    names::{self, Millis},
};

/// A Git repository with one branch, `main`.
pub(super) struct Repository {
    pub(super) url: String,
    pub(super) commits: Vec<Commit>,
}

/// One commit: merge patches on the parameters of paths.
pub(super) struct Commit {
    pub(super) sha: String,
    pub(super) at: Millis,
    pub(super) author: String,
    pub(super) message: String,
    changes: Value,
}

impl Repository {
    /// A repository of the story, its commits oldest first.
    pub(super) fn read(story: &Value, now: Millis) -> Self {
        let url = text(story, "/url").to_owned();
        let commit = |commit: &Value| Commit {
            sha: names::hex(&[&url, text(commit, "/message")], 40),
            at: now - names::duration(text(commit, "/ago")),
            author: text(commit, "/author").to_owned(),
            message: text(commit, "/message").to_owned(),
            changes: commit.get("changes").cloned().unwrap_or_default(),
        };
        let commits = list(story, "/commits").iter().map(commit).gather();
        Self { url, commits }
    }

    /// The commit a branch, a SHA or its beginning names.
    pub(super) fn resolve(&self, revision: &str) -> Option<&Commit> {
        match revision {
            "" | "HEAD" | "main" => self.commits.last(),
            sha if sha.len() >= 7 => self.commits.iter().find(|commit| commit.sha.starts_with(sha)),
            _ => None,
        }
    }

    /// The parameters of a path at a commit; `None` where there is no such path.
    fn parameters(&self, path: &str, sha: &str) -> Option<Value> {
        let last = self.commits.iter().position(|commit| commit.sha == sha)?;
        let mut parameters = Value::Null;
        for commit in self.commits.iter().take(last + 1) {
            if let Some(change) = commit.changes.get(path) {
                super::patch::merge(&mut parameters, change);
            }
        }
        Some(parameters).filter(|parameters| !parameters.is_null())
    }

    /// The manifests of a source at a commit, for an application.
    ///
    /// # Errors
    /// What the repository server says of a path that is not there.
    pub(super) fn render(&self, source: &Value, sha: &str, application: &Named<'_>) -> Result<Vec<Value>, String> {
        let path = text(source, "/path");
        let mut parameters = self.parameters(path, sha).ok_or_else(|| format!("{path}: app path does not exist"))?;
        override_parameters(&mut parameters, source);
        let base = path.split("/overlays/").next().unwrap_or(path);
        let own = base.rsplit('/').next().unwrap_or(base);
        let name = if parameters.get("chart").is_some() { application.name } else { own };
        Ok(manifests(&parameters, name, application))
    }

    /// What kind of source a path is.
    pub(super) fn source_type(&self, source: &Value, sha: &str) -> &'static str {
        let parameters = self.parameters(text(source, "/path"), sha).unwrap_or_default();
        if parameters.get("chart").is_some() {
            "Helm"
        } else if parameters.get("overlay").is_some() {
            "Kustomize"
        } else {
            "Directory"
        }
    }
}

/// The application that manifests are rendered for.
pub(super) struct Named<'a> {
    /// Its name, with its namespace where that is not Argo CD's.
    pub(super) instance: &'a str,
    pub(super) name: &'a str,
    /// Where it deploys to.
    pub(super) namespace: &'a str,
}

/// Helm parameters `image.tag` and `replicaCount`, others as configuration; Kustomize images.
fn override_parameters(parameters: &mut Value, source: &Value) {
    let image = text(parameters, "/image").to_owned();
    let repository = image.rsplit_once(':').map_or(image.as_str(), |(repository, _)| repository);
    for parameter in list(source, "/helm/parameters") {
        let value = text(parameter, "/value");
        match text(parameter, "/name") {
            "image.tag" => set(parameters, "/image", &format!("{repository}:{value}")),
            "replicaCount" => set(parameters, "/replicas", &value.parse::<u32>().unwrap_or(1)),
            name => put(member(parameters, "config"), &name.to_uppercase(), &value),
        }
    }
    for chosen in list(source, "/kustomize/images").iter().filter_map(Value::as_str) {
        if chosen.rsplit_once(':').is_some_and(|(name, _)| name == repository) {
            set(parameters, "/image", &chosen);
        }
    }
}

/// Objects of a path: a Deployment, and what its parameters ask for besides.
fn manifests(parameters: &Value, name: &str, application: &Named<'_>) -> Vec<Value> {
    let namespace = application.namespace;
    let object = |api: &str, kind: &str, name: &str, rest: Value| {
        let group = api.split_once('/').map_or("", |(group, _)| group);
        let tracking = format!("{}:{group}/{kind}:{namespace}/{name}", application.instance);
        let mut object = json!({
            "apiVersion": api,
            "kind": kind,
            "metadata": { "annotations": { "argocd.argoproj.io/tracking-id": tracking }, "labels": { "app": name }, "name": name, "namespace": namespace },
        });
        for (key, value) in members(Some(&rest)) {
            put(&mut object, key, value);
        }
        object
    };
    let labels = json!({ "app": name });
    let image = text(parameters, "/image");
    let mut all = vec![];
    let config = |suffix: &str| format!("{name}-{suffix}");
    let mut container =
        json!({ "image": image, "name": "app", "resources": { "requests": { "cpu": "50m", "memory": "128Mi" } } });
    if let Some(data) = parameters.get("config") {
        all.push(object("v1", "ConfigMap", &config("config"), json!({ "data": data })));
        set(&mut container, "/envFrom", &json!([{ "configMapRef": { "name": config("config") } }]));
    }
    if let Some(data) = parameters.get("secret") {
        all.push(object("v1", "Secret", &config("credentials"), json!({ "data": data, "type": "Opaque" })));
    }
    for (extra, data) in members(parameters.get("extras")) {
        all.push(object("v1", "ConfigMap", extra, json!({ "data": data })));
    }
    let ports = list(parameters, "/ports");
    if !ports.is_empty() {
        let port =
            |port: &Value| json!({ "name": text(port, "/name"), "port": number(port, "/port"), "targetPort": 8080 });
        let spec = json!({ "ports": ports.iter().map(port).gather(), "selector": labels });
        all.push(object("v1", "Service", name, json!({ "spec": spec })));
        set(&mut container, "/ports", &json!([{ "containerPort": 8080, "name": "http" }]));
    }
    let template = json!({ "metadata": { "labels": labels }, "spec": { "containers": [container] } });
    let spec = json!({ "replicas": number(parameters, "/replicas").unwrap_or(1), "revisionHistoryLimit": 5, "selector": { "matchLabels": labels }, "template": template });
    all.push(object("apps/v1", "Deployment", name, json!({ "spec": spec })));
    if let Some(host) = parameters.get("host") {
        let path = json!({ "backend": { "service": { "name": name, "port": { "name": "http" } } }, "path": "/", "pathType": "Prefix" });
        let spec = json!({ "rules": [{ "host": host, "http": { "paths": [path] } }] });
        all.push(object("networking.k8s.io/v1", "Ingress", name, json!({ "spec": spec })));
    }
    let job = |image: &str| json!({ "template": { "spec": { "containers": [{ "image": image, "name": "job" }], "restartPolicy": "Never" } } });
    if let Some(schedule) = parameters.get("nightly") {
        let spec = json!({ "schedule": schedule, "jobTemplate": { "spec": job(image) } });
        all.push(object("batch/v1", "CronJob", &config("nightly"), json!({ "spec": spec })));
    }
    if parameters.get("migrate").is_some() {
        let mut hook = object("batch/v1", "Job", &config("migrate"), json!({ "spec": job(image) }));
        set(&mut hook, "/metadata/annotations/argocd.argoproj.io~1hook", &"PreSync");
        set(&mut hook, "/metadata/annotations/argocd.argoproj.io~1hook-delete-policy", &"BeforeHookCreation");
        all.push(hook);
    }
    all
}

/// Whether a manifest is a hook.
pub(super) fn is_hook(manifest: &Value) -> bool {
    manifest.pointer("/metadata/annotations/argocd.argoproj.io~1hook").is_some()
}
