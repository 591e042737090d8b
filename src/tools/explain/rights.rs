//! The right that a refusal names, and who grants it.

use crate::{argocd::claims::role_of, tools::Request};

/// `permission denied: applications, sync, default/shop, sub: viewer, iat: …`
struct Denied<'a> {
    resource: &'a str,
    action: &'a str,
    object: &'a str,
    subject: &'a str,
}

impl<'a> Denied<'a> {
    fn read(message: &'a str) -> Option<Self> {
        let (_, denied) = message.split_once("permission denied: ")?;
        let mut parts = denied.split(", ");
        let (resource, action, object) = (parts.next()?, parts.next()?, parts.next()?);
        let subject = parts.find_map(|part| part.strip_prefix("sub: ")).unwrap_or("<account>");
        Some(Self { resource, action, object, subject })
    }

    /// Who grants it: the token of a project's role has the rights of that role, and none outside its project.
    fn way(&self) -> String {
        let Self { resource, action, object, subject } = self;
        let Some((project, role)) = role_of(subject) else {
            return format!(
                "The token's account lacks that right. An administrator grants it in argocd-rbac-cm (policy.csv): p, {subject}, {resource}, {action}, {object}, allow"
            );
        };
        let Some(name) = object.strip_prefix(project).and_then(|rest| rest.strip_prefix('/')) else {
            return format!(
                "The token is that of role {role} of project {project}: it reaches nothing outside that project, whatever is granted."
            );
        };
        // Of other rights the command knows from 3.1 on.
        let how = match *resource == "applications" {
            true => format!("argocd proj role add-policy {project} {role} -a {action} -p allow -o {name}"),
            false => format!(
                "p, {subject}, {resource}, {action}, {object}, allow (among the role's policies: argocd proj edit {project})"
            ),
        };
        format!(
            "Role {role} of project {project} lacks that right, or a policy of it denies it (get_appproject shows them). Whoever administers the project grants it: {how}"
        )
    }
}

/// Which right a call lacks on an object, and who grants it, if the token says whose it is. Of several rights it is not
/// known which.
pub(super) fn on(object: &str, subject: Option<&str>, request: &Request) -> String {
    let needed = needed(request);
    let needs = format!("It needs the right {} on {object}.", needed.join(" and "));
    let one = match needed.as_slice() {
        [one] => one.split_once(", "),
        _ => None,
    };
    match one.zip(subject) {
        Some(((resource, action), subject)) => {
            format!("{needs} {}", Denied { resource, action, object, subject }.way())
        }
        None => needs,
    }
}

/// Who lets the token see applications.
pub(super) fn to_see(subject: Option<&str>) -> String {
    match subject.and_then(role_of) {
        Some((project, role)) => format!(
            "There may be some: role {role} of project {project} lacks the right applications, get. Whoever administers the project grants it: argocd proj role add-policy {project} {role} -a get -p allow -o '*'"
        ),
        None => "There may be some: its account lacks the right applications, get, at least on some projects. An administrator grants it in argocd-rbac-cm (policy.csv).".to_owned(),
    }
}

/// What the calls of a row need of an application that the token can see: an action by its own name.
fn needed(request: &Request) -> Vec<String> {
    let action = || {
        let resource = request.resource.as_ref()?;
        let (group, kind) = (resource.group.as_deref().unwrap_or_default(), resource.kind.as_deref()?);
        Some(format!("applications, action/{group}/{kind}/{}", request.args.text("action")?))
    };
    let name = |right: &&str| match right.ends_with("action/*") {
        true => action().unwrap_or_else(|| (*right).to_owned()),
        false => (*right).to_owned(),
    };
    let others = request.row.rbac.iter().filter(|right| request.row.rbac.len() == 1 || **right != "applications, get");
    others.map(name).collect()
}

/// The way out of a refusal that names its right.
pub(super) fn way(message: &str, request: &Request) -> Option<String> {
    let denied = Denied::read(message)?;
    let way = denied.way();
    // Argo CD asks for it where an application of that name is in another project, or is to be overwritten.
    let taken = request.row.name == "create_application" && denied.action == "update";
    Some(match denied.object.split_once('/').filter(|_| taken) {
        Some((project, _)) => {
            format!("There is one of that name already, in project {project}: choose another name. {way}")
        }
        None => way,
    })
}
