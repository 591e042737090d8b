//! What Argo CD's objects are made of, as words: destinations, sources, policies, images.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{each, join, short};
use crate::view::text::{clip, shown};

/// The namespace Argo CD is installed in unless somebody chose another.
pub(super) const USUAL_NAMESPACE: &str = "argocd";
/// Server URL of the cluster Argo CD itself runs in.
const OWN_CLUSTER: &str = "https://kubernetes.default.svc";
/// Most images that are named.
const IMAGES: usize = 12;

/// The sync status of a resource, and whether the repository has it. Its annotations decide whether a sync that prunes
/// would delete it; they are not known here. Argo CD reports as not in the repository also hooks, which it does not
/// compare, and every resource while it cannot read the repository.
pub(super) fn synced(status: Option<&str>, requires: Option<&str>, hook: Option<&str>) -> Option<String> {
    let gone = requires == Some("true") && status != Some("Unknown");
    match (status, hook) {
        (_, Some("true")) => Some("hook".to_owned()),
        (Some(status), _) if gone => Some(format!("{status}, not in the repository")),
        (None, _) if gone => Some("not in the repository".to_owned()),
        (status, _) => status.map(str::to_owned),
    }
}

/// A user name, or `auto-sync`.
pub(super) fn initiator(username: Option<String>, automated: Option<&Value>) -> Option<String> {
    username.or_else(|| automated?.as_bool()?.then(|| "auto-sync".to_owned()))
}

pub(super) fn cluster(name: Option<&str>, server: Option<&str>) -> Option<String> {
    match (name, server) {
        (Some(name), _) => Some(name.to_owned()),
        (None, Some(server)) if is_own_cluster(server) => Some("in-cluster".to_owned()),
        (None, Some(server)) => Some(server.trim_start_matches("https://").to_owned()),
        (None, None) => None,
    }
}

/// A cluster that somebody looks for: Argo CD's own has a name wherever its URL stands.
pub(super) fn clusters(wanted: &Value) -> Cow<'_, Value> {
    match wanted.as_str() {
        Some(server) if is_own_cluster(server) => Cow::Owned(json!([server, cluster(None, Some(server))])),
        _ => Cow::Borrowed(wanted),
    }
}

/// `shop`; `team-b/shop` outside the usual namespace.
pub fn application_name(namespace: Option<String>, name: String) -> String {
    match namespace.filter(|namespace| namespace != USUAL_NAMESPACE) {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name,
    }
}

/// `in-cluster/shop`
pub fn destination(destination: &Value) -> String {
    let key = |key: &str| destination.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(shown);
    let cluster = cluster(key("name").as_deref(), key("server").as_deref()).unwrap_or_else(|| "-".into());
    key("namespace").map_or(cluster.clone(), |namespace| format!("{cluster}/{namespace}"))
}

/// Whether two destinations are two clusters; `None` where one has a name and the other a URL, which may be of the same
/// cluster. A release may have added to one of them what the other lacks.
pub fn is_elsewhere(now: &Value, then: &Value) -> Option<bool> {
    let is_own = |of: &Value| said(of, "name") == Some("in-cluster") || said(of, "server").is_some_and(is_own_cluster);
    let is_none = |of: &Value| said(of, "name").is_none() && said(of, "server").is_none();
    let keys = ["server", "name"].map(|key| said(now, key).zip(said(then, key)));
    let is_known = keys.iter().any(Option::is_some) || is_none(now) || is_none(then) || (is_own(now) && is_own(then));
    is_known.then(|| keys.into_iter().flatten().any(|(now, then)| now != then))
}

fn said<'v>(of: &'v Value, key: &str) -> Option<&'v str> {
    of.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn is_own_cluster(server: &str) -> bool {
    server.trim_end_matches('/') == OWN_CLUSTER
}

/// The sources and the destination that were compared, if the spec has others by now; `None` also if nothing was
/// compared yet.
pub fn stale(spec: &Value, compared: &Value) -> Option<String> {
    const MOST: usize = 300;
    let has = |of: &Value, key: &str| of.get(key).cloned().filter(|value| *value != json!({}) && *value != json!([]));
    let sources = |of: &Value| {
        has(of, "sources").or_else(|| has(of, "source")).filter(|source| *source != json!({ "repoURL": "" }))
    };
    let written = |sources: &Value| join(each(sources).into_iter().map(|one| source(one, true)), "; ");
    let (now, then) = (sources(spec)?, sources(compared)?);
    let places = has(spec, "destination").zip(has(compared, "destination"));
    let is_moved = |now: &Value, then: &Value| {
        let namespaces = said(now, "namespace").zip(said(then, "namespace"));
        is_elsewhere(now, then).unwrap_or(true) || namespaces.is_some_and(|(now, then)| now != then)
    };
    let moved = places.filter(|(now, then)| is_moved(now, then));
    let text = match (now == then, written(&now) == written(&then)) {
        (true, _) if moved.is_none() => return None,
        (false, true) => format!("{} with other settings", written(&then)?),
        _ => written(&then)?,
    };
    let text = clip(&text, MOST);
    Some(match moved {
        Some((_, placed)) => format!("{text}, in {}", destination(&placed)),
        None => text,
    })
}

/// `shop charts/catalog@main`, `bitnami redis@18.1.0`, `config@main as $values`.
pub(super) fn source(source: &Value, whole_url: bool) -> String {
    let key = |key: &str| source.get(key).and_then(Value::as_str).map(shown).filter(|text| !text.is_empty());
    let url = key("repoURL").unwrap_or_default();
    let mut text = if whole_url { url } else { repository(&url).to_owned() };
    if let Some(inside) = key("chart").or_else(|| key("path").filter(|path| path != ".")) {
        text = format!("{text} {inside}");
    }
    if let Some(revision) = key("targetRevision") {
        text = format!("{text}@{}", short(&revision));
    }
    match key("ref") {
        Some(name) => format!("{text} as ${name}"),
        None => text,
    }
}

/// `shop charts@main → env/prod checkout`
pub(super) fn hydrator(hydrator: &Value, whole_url: bool) -> String {
    let part = |pointer: &str| hydrator.pointer(pointer).and_then(Value::as_str).map(shown);
    let dry = hydrator.get("drySource").map(|dry| source(dry, whole_url)).unwrap_or_default();
    let to = [
        part("/syncSource/targetBranch"),
        part("/syncSource/path"),
        part("/hydrateTo/targetBranch").map(|branch| format!("via {branch}")),
    ];
    format!("{dry} \u{2192} {}", join(to.into_iter().flatten(), " ").unwrap_or_default())
}

/// `github.com/org/shop` of `https://user@github.com/org/shop.git`, `git@github.com:org/shop` and `ssh://…`.
pub(super) fn repository_of(url: &str) -> String {
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match host.split_once(':').filter(|(_, rest)| scheme.is_empty() && !is_port(rest)) {
        // In the form of scp the path follows a colon.
        Some((host, first)) if path.is_empty() => format!("{host}/{first}"),
        Some((host, first)) => format!("{host}/{first}/{path}"),
        None if path.is_empty() => host.to_owned(),
        None => format!("{host}/{path}"),
    }
}

/// The last two parts of a repository's path, without `.git`: `org/shop` of both URL forms of git.
fn repository(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or(rest, |(_, path)| path),
        None => url.split_once(':').map_or(url, |(_, path)| path),
    };
    let cut = path.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at + 1);
    path.get(cut..).unwrap_or(path)
}

/// Images with the same part before the last `/` share it.
pub(super) fn images(all: &[String]) -> Option<String> {
    let mut groups: Vec<(&str, Vec<&str>)> = vec![];
    for image in all.iter().take(IMAGES) {
        let (registry, name) = image.rsplit_once('/').unwrap_or(("", image));
        match groups.last_mut().filter(|(last, _)| *last == registry) {
            Some((_, names)) => names.push(name),
            None => groups.push((registry, vec![name])),
        }
    }
    let write = |(registry, names): &(&str, Vec<&str>)| match names.as_slice() {
        [one] if registry.is_empty() => (*one).to_owned(),
        [one] => format!("{registry}/{one}"),
        many if registry.is_empty() => many.join(", "),
        many => format!("{registry}/{{{}}}", many.join(", ")),
    };
    let text = join(groups.iter().map(write), ", ")?;
    Some(if all.len() > IMAGES { format!("{text} and {} more", all.len() - IMAGES) } else { text })
}
