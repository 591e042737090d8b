//! What helps with what Argo CD says.

use crate::tools::Request;

/// A project that does not have an application, which is said of one that is there, too.
const NO_PROJECT: &str = "or the project does not exist";

/// A revision that the repository does not have.
const NO_REVISION: &str = "unable to resolve";

/// How Argo CD begins what is wrong with a spec.
const INVALID: &str = "application spec for";

/// What Argo CD says, and what helps. The first match counts.
const REFUSALS: &[(&str, &str)] = &[
    (
        "blocked by sync window",
        "A sync window of the project forbids it now; a manual sync is only possible inside an allow window or where the window has manualSync. get_appproject shows the windows; wait, or ask whoever owns the project.",
    ),
    (
        "invalid sync window",
        "A sync window of the project cannot be read, and what it is for is not synced until it is corrected: get_appproject shows the windows.",
    ),
    (
        "another operation is already in progress",
        "get_application shows it, and what it waits for. Where that does not end by itself (a hook that never starts, retries, a revision that a later commit mends), a person ends it: argocd app terminate-op NAME. No tool here does.",
    ),
    (
        "auto-sync currently set to",
        "With auto-sync on, only the tracked revision can be synced: change targetRevision, or switch auto-sync off: update_application with application={\"spec\":{\"syncPolicy\":{\"automated\":null}}}.",
    ),
    (
        "rollback cannot be initiated when auto-sync is enabled",
        "Switch auto-sync off first, or revert the commit: auto-sync would undo the rollback.",
    ),
    (NO_REVISION, "The revision does not exist in the repository: check its spelling."),
    (
        "nil pointer dereference",
        "Argo CD's server failed in this. An application without a source does that: update_application sets spec.source.",
    ),
    (
        "error parsing the selector",
        "Write label selectors as kubectl does: env=prod,tier!=db or 'env in (prod,stage)'.",
    ),
    (
        "is not permitted in project",
        "get_appproject shows which repositories, clusters and namespaces the project allows.",
    ),
    (
        "do not match any of the allowed destinations",
        "get_appproject shows which repositories, clusters and namespaces the project allows.",
    ),
    ("appprojects.argoproj.io", "Check the project's name; list_applications shows the project of each application."),
    ("can't have both name and server", "Set the other one of destination.name and destination.server to null."),
    (
        "existing application spec is different",
        "There is one of that name: update_application changes a part of it; upsert=true replaces its spec and finalizers.",
    ),
    (
        NO_PROJECT,
        "Check the project's name; get_appproject shows what it allows. An application outside Argo CD's namespace needs the project's sourceNamespaces.",
    ),
    (
        "not found as part of application",
        "get_application_resource_tree lists what the application has; kind, namespace and group must be those of the tree. What is Missing there is not in the cluster.",
    ),
    (
        "error getting k8s server version",
        "Argo CD does not reach the destination's cluster; validate=false accepts the application nevertheless.",
    ),
    ("there are no clusters with this name", "list_clusters shows those that there are."),
    ("error getting cluster by server", "list_clusters shows those that there are."),
    ("error getting cluster name by server", "list_clusters shows those that there are."),
    ("max pods to view logs", "Name one of the pods as resourceRef; get_application_resource_tree lists them."),
    ("application is deleting", "It is being deleted; its finalizers decide when it is gone."),
    ("Too many conflicts", "Others write it all the time; read it again, and repeat the call if it still makes sense."),
    (
        "the object has been modified",
        "Somebody else wrote meanwhile: read it again, and repeat the call if it still makes sense.",
    ),
    (
        "json: cannot unmarshal",
        "Argo CD does not take an argument in this form; the tool's schema says which it takes.",
    ),
    ("are required", "Give what is missing in the same call: Argo CD asks for it with validate=false, too."),
    (
        "invalid managed-by URL",
        "Correct the annotation argocd.argoproj.io/managed-by-url: Argo CD asks for it with validate=false, too.",
    ),
    // Whatever of the spec that is.
    (
        INVALID,
        "Correct what it names; where that is older than this call, validate=false writes the rest nevertheless.",
    ),
    (
        "authentication required",
        "What Argo CD has to sign in at the source's repository is missing or refused: get_application shows the repoURL; whoever administers Argo CD sets its credentials (argocd repo add).",
    ),
    (
        "failed to get cluster info",
        "Argo CD does not reach the destination's cluster, or its credentials of it are refused: list_clusters shows which and why.",
    ),
    (
        "repository not found",
        "Check the source's repoURL, and whether Argo CD has credentials of the repository: a host may say so of what it does not show.",
    ),
    (
        "failed to list refs",
        "Argo CD does not reach the source's repository, or may not read it: get_application shows the repoURL.",
    ),
];

/// Refusals that are about arguments, in words that charts use, too.
const OF_ARGUMENTS: &[&str] = &["json: cannot unmarshal", "are required"];

/// A message up to what the tool that makes the manifests says: a chart speaks of its own values.
pub(super) fn without_tools(message: &str) -> &str {
    message.split("nable to generate manifests").next().unwrap_or_default()
}

/// What helps with a message.
pub(super) fn hint(message: &str, request: &Request) -> Option<&'static str> {
    if message.contains(NO_PROJECT) && request.application().is_some() {
        return Some(
            "list_applications shows the application's project. Where that is not there, or does not allow the application's namespace (sourceNamespaces), no tool reads or updates it: whoever administers Argo CD makes or mends the project, or gives the application another with kubectl edit application, as create_application with upsert=true and the whole application does.",
        );
    }
    if message.contains(INVALID) && request.args.get("validate") == Some(&serde_json::Value::Bool(false)) {
        return Some("Argo CD looks at this with validate=false, too: correct what it names.");
    }
    let gives = |name: &&str| request.args.is_given(name);
    if message.contains(NO_REVISION) && !["revision", "revisions", "application"].iter().any(gives) {
        return Some(
            "It is the application's own spec.source.targetRevision, or the branch of its source hydrator, which does not exist in the repository (any more, or yet): update_application sets another.",
        );
    }
    let is_new = request.application().is_none() && !request.args.flag("upsert");
    let own = without_tools(message);
    let says = |said: &str| if OF_ARGUMENTS.contains(&said) { own.contains(said) } else { message.contains(said) };
    REFUSALS.iter().find(|(said, _)| says(said)).map(|(said, hint)| match *said {
        INVALID if is_new => "Correct what it names; validate=false creates it as it is, to deploy once that is there.",
        _ => *hint,
    })
}
