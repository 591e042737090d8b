//! What a server checks in an application before it takes it.

use serde_json::Value;

use super::{
    gather::Gather,
    json::{joined, list, text},
    request::{Query, Refusal},
    world::{CONTROL_PLANE, World},
};

/// A text that must be there.
pub(super) fn required<'a>(body: &'a Value, pointer: &str, name: &str) -> Result<&'a str, Refusal> {
    match text(body, pointer) {
        "" => Err(Refusal::invalid(format!("{name} is required"))),
        text => Ok(text),
    }
}

/// Members of the types a server reads them as.
///
/// # Errors
/// The first that is of another.
pub(super) fn types(body: &Value, of: &str, members: &[(&str, &str)]) -> Result<(), Refusal> {
    for (name, wanted) in members {
        let Some(found) = body.get(name).filter(|found| !found.is_null()) else { continue };
        let right = match *wanted {
            "string" => found.is_string(),
            "bool" => found.is_boolean(),
            "[]string" => found.is_array(),
            _ => found.is_object(),
        };
        if !right {
            return Err(Refusal::wrong_type(found, &format!("{of}.{name}"), wanted));
        }
    }
    Ok(())
}

/// The types in an application.
///
/// # Errors
/// As [`types`].
pub(super) fn application(body: &Value) -> Result<(), Refusal> {
    types(body, "Application", &[("metadata", "v1.ObjectMeta"), ("spec", "v1alpha1.ApplicationSpec")])?;
    let (metadata, spec) = (body.get("metadata").unwrap_or(&Value::Null), body.get("spec").unwrap_or(&Value::Null));
    let map = "map[string]string";
    types(
        metadata,
        "ObjectMeta.metadata",
        &[
            ("name", "string"),
            ("namespace", "string"),
            ("labels", map),
            ("annotations", map),
            ("finalizers", "[]string"),
        ],
    )?;
    types(
        spec,
        "ApplicationSpec.spec",
        &[
            ("project", "string"),
            ("source", "v1alpha1.ApplicationSource"),
            ("destination", "v1alpha1.ApplicationDestination"),
            ("syncPolicy", "v1alpha1.SyncPolicy"),
        ],
    )?;
    let inner = |key: &str| spec.get(key).unwrap_or(&Value::Null);
    types(
        inner("source"),
        "ApplicationSource.spec.source",
        &[
            ("repoURL", "string"),
            ("path", "string"),
            ("targetRevision", "string"),
            ("helm", "v1alpha1.ApplicationSourceHelm"),
        ],
    )?;
    types(
        inner("destination"),
        "ApplicationDestination.spec.destination",
        &[("server", "string"), ("name", "string"), ("namespace", "string")],
    )
}

/// The name of an object of Kubernetes.
///
/// # Errors
/// A name it does not take.
pub(super) fn name(name: &str) -> Result<(), Refusal> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = name.chars().all(|c| plain(c) || c == '-' || c == '.')
        && name.starts_with(plain)
        && name.ends_with(plain)
        && name.len() < 254;
    if fits {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "error creating application: Application.argoproj.io \"{name}\" is invalid: metadata.name: Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    )))
}

/// What the project allows, and whether there is anything to deploy.
///
/// # Errors
/// All that is wrong, in one sentence.
pub(super) fn spec(
    world: &World,
    application: &str,
    namespace: &str,
    spec: &Value,
    query: &Query,
) -> Result<(), Refusal> {
    let project_name = text(spec, "/project");
    let unknown =
        || Refusal::invalid(format!("app is not allowed in project \"{project_name}\", or the project does not exist"));
    let project = world.project(project_name).ok_or_else(unknown)?;
    let namespaces = list(project, "/spec/sourceNamespaces");
    if namespace != CONTROL_PLANE && !namespaces.iter().any(|one| one == namespace) {
        return Err(unknown());
    }
    if query.get("validate").is_some() && !query.flag("validate")? {
        return Ok(());
    }
    let mut problems = vec![];
    let source = spec.get("source").or_else(|| spec.pointer("/sources/0")).unwrap_or(&Value::Null);
    let url = text(source, "/repoURL");
    if !list(project, "/spec/sourceRepos")
        .iter()
        .filter_map(Value::as_str)
        .any(|allowed| allowed == "*" || allowed == url)
    {
        problems.push(format!("application repo {url} is not permitted in project '{project_name}'"));
    }
    let server = world.server_of(spec);
    let into = text(spec, "/destination/namespace");
    match server {
        None => problems.push(format!(
            "application destination spec for {application} is invalid: there are no clusters with this name: {}",
            text(spec, "/destination/name")
        )),
        Some(server) => {
            let allowed = list(project, "/spec/destinations").iter().any(|one| {
                let fits = |pattern: &str, value: &str| wildmatch::WildMatch::new(pattern).matches(value);
                fits(text(one, "/server"), &server) && fits(text(one, "/namespace"), into)
            });
            if !allowed {
                problems.push(format!("application destination server '{server}' and namespace '{into}' do not match any of the allowed destinations in project '{project_name}'"));
            }
        }
    }
    if problems.is_empty() {
        let path = text(source, "/path");
        let named = super::git::Named { instance: application, name: application, namespace: into };
        let rendered = world.resolve(source, text(source, "/targetRevision")).and_then(|sha| {
            world.repository(source).map_or(Ok(vec![]), |repository| repository.render(source, &sha, &named))
        });
        if let Err(problem) = rendered {
            problems
                .push(format!("Unable to generate manifests in {path}: rpc error: code = Unknown desc = {problem}"));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    let problems: Vec<String> = problems.iter().map(|problem| format!("InvalidSpecError: {problem}")).gather();
    Err(Refusal::invalid(format!("application spec for {application} is invalid: {}", joined(&problems, ";"))))
}
