//! Rights as `policy.csv` names them: a resource and an action.

use super::Use;
use crate::{reader::Reader, suggest::did_you_mean};

/// Resources of Argo CD's RBAC (docs/operator-manual/rbac.md).
const RESOURCES: &[&str] = &[
    "accounts",
    "applications",
    "applicationsets",
    "certificates",
    "clusters",
    "exec",
    "extensions",
    "gpgkeys",
    "logs",
    "projects",
    "repositories",
    "write-repositories",
];

/// Its actions, and whether the kind of a resource may follow: `action/apps/Deployment/restart`.
const ACTIONS: &[(&str, bool)] = &[
    ("action", true),
    ("create", false),
    ("delete", true),
    ("get", true),
    ("invoke", false),
    ("override", false),
    ("rollback", false),
    ("sync", false),
    ("update", true),
];

/// Each right is a resource and an action. `doctor --policy` prints them for people to paste.
pub(super) fn check(rights: &[String], uses: &[Use<'_>], reader: &Reader<'_>) {
    const TREES: &str = "applications, get";
    if uses.iter().any(|call| call.operation.id == "ApplicationService_ResourceTree")
        && !rights.iter().any(|right| right == TREES)
    {
        reader.error(format!("`rbac` lacks \"{TREES}\": what a resource is, is looked up in the application's tree"));
    }
    let actions: Vec<&str> = ACTIONS.iter().map(|(action, _)| *action).collect();
    for right in rights {
        let Some((resource, action)) = right.split_once(", ") else {
            reader.error(format!(
                "`rbac` has `{right}`; a right is a resource and an action, such as \"applications, get\""
            ));
            continue;
        };
        let (verb, rest) = action.split_once('/').unwrap_or((action, ""));
        for (what, word, known) in [("resource", resource, RESOURCES), ("action", verb, &actions)] {
            if !known.contains(&word) {
                let hint = did_you_mean(word, known.iter().copied());
                reader.error(format!("`rbac` has `{right}`: Argo CD has no {what} `{word}`{hint}"));
            }
        }
        if !rest.is_empty() && ACTIONS.contains(&(verb, false)) {
            reader.error(format!("`rbac` has `{right}`: nothing follows `{verb}`"));
        }
    }
}
