//! What becomes of the resources of an application that is deleted, as far as it told before.

use serde_json::Value;

use crate::{
    release::Release,
    tools::state::{
        self, FINALIZER, INVALID_SPEC, conditions, deletes_resources, finalizers, has_option, left_behind, list,
        not_compared, text,
    },
    view::text::{condense, counted},
};

/// Most resources that are named.
const NAMED: usize = 20;
/// Longest message of Argo CD that is shown, in characters.
const MESSAGE: usize = 300;

/// The resources of an application by what Argo CD does with them.
#[derive(Default)]
struct Fate<'a> {
    go: Vec<&'a Value>,
    /// Of kinds, or by options, that Argo CD leaves alone.
    stay: Vec<&'a Value>,
    /// Another application's, too, which is who tracks them.
    shared: Vec<&'a Value>,
    /// Argo CD compared all but these: their project does not permit them, or they could not be read.
    unsure: Vec<&'a Value>,
    /// They are not in the cluster.
    missing: usize,
}

impl<'a> Fate<'a> {
    fn of(application: &'a Value, is_compared: bool, release: Option<Release>) -> Self {
        let mut fate = Self::default();
        for resource in list(application, "/status/resources") {
            let is_unsure = is_compared && text(resource, "/status").as_deref() == Some("Unknown");
            let is_missing = is_compared && text(resource, "/health/status").as_deref() == Some("Missing");
            let place = match () {
                () if is_unsure => &mut fate.unsure,
                () if is_missing => {
                    fate.missing += 1;
                    continue;
                }
                () if is_shared(application, resource) => &mut fate.shared,
                () if stays(application, resource, release) => &mut fate.stay,
                () => &mut fate.go,
            };
            place.push(resource);
        }
        fate
    }

    /// How many are in the cluster, as far as that is known.
    fn there(&self) -> usize {
        [&self.go, &self.stay, &self.shared, &self.unsure].into_iter().map(Vec::len).sum()
    }
}

/// What goes, and what does not.
pub(super) fn lines(
    before: &Value,
    name: &str,
    cascade: bool,
    policy: Option<&str>,
    release: Option<Release>,
) -> Vec<String> {
    let since = text(before, "/metadata/deletionTimestamp");
    let head = match &since {
        None => format!("Deletion of {name} started"),
        Some(since) => format!("{name} was being deleted already, since {since}"),
    };
    let deletes = deletes_resources(before);
    // Argo CD looks for what is to be deleted where the spec says.
    let left = left_behind(before).filter(|_| cascade);
    let hooks = hooks(before);
    let mut lines = match (&left, since.is_some()) {
        (_, true) if !deletes => vec![format!(
            "{head}, and none of its finalizers deletes resources{}: those that are still in the cluster stay, unmanaged.",
            if hooks.is_empty() { "" } else { " (any more, if it was with its resources)" }
        )],
        (Some(left), _) if left.is_certain => {
            vec![format!(
                "{head}. Its destination has changed since it was compared: what it deployed to {} stays there, unmanaged.",
                left.place
            )]
        }
        (_, begun) => resources(before, name, &head, cascade, policy, begun && deletes, release),
    };
    if let Some(left) = left.filter(|left| !left.is_certain) {
        lines.push(format!(
            "It was compared in {}, and its destination is {} now: if that is another cluster, what it deployed stays where it is, unmanaged.",
            left.place, left.now
        ));
    }
    lines.extend(hooks.iter().cloned());
    if since.is_none() {
        return lines;
    }
    let pending: Vec<&Value> =
        list(before, "/status/resources").iter().filter(|resource| is_pending(resource)).collect();
    if !pending.is_empty() {
        lines.push(format!("Kubernetes still has, mostly for finalizers of their own: {}", names(&pending)));
    }
    let error = conditions(before, "DeletionError").next().filter(|_| cascade || !hooks.is_empty());
    if let Some(error) = &error {
        lines.push(format!("Argo CD could not delete all yet: {}", condense(error, MESSAGE)));
    }
    lines.extend(match (hooks.is_empty(), error.is_some()) {
        (true, true) => Some("cascade=false takes its finalizers away: it goes then, and what is in the cluster stays, unmanaged.".into()),
        (true, false) => None,
        (false, _) => Some("cascade=false does not end the wait for hooks; update_application with metadata.finalizers [] takes all away: it goes then, and what is in the cluster stays, unmanaged.".into()),
    });
    lines
}

/// What its finalizers for hooks mean, a sentence each: Argo CD runs those hooks in any deletion. Once they have run,
/// their finalizers end in `/cleanup`.
fn hooks(application: &Value) -> Vec<String> {
    let pre = "Its PreDelete hooks run first, with cascade=false, too, and all waits for them; one that failed may be passed over.";
    let post = "Its PostDelete hooks run at the end, with cascade=false, too; it may be gone before they have ended.";
    let known = [("pre-delete-finalizer.argocd.argoproj.io", pre), ("post-delete-finalizer.argocd.argoproj.io", post)];
    let has = |kind: &str| finalizers(application).any(|finalizer| finalizer == kind);
    known.into_iter().filter(|(kind, _)| has(kind)).map(|(_, told)| told.to_owned()).collect()
}

/// Whether a resource was deleted, and is there.
fn is_pending(resource: &Value) -> bool {
    text(resource, "/health/message").as_deref() == Some("Pending deletion")
}

fn resources(
    before: &Value,
    name: &str,
    head: &str,
    cascade: bool,
    policy: Option<&str>,
    is_deleting: bool,
    release: Option<Release>,
) -> Vec<String> {
    let unknown = not_compared(before);
    let fate = Fate::of(before, unknown.is_none(), release);
    if !cascade {
        return vec![alone(head, &fate, unknown.as_deref(), is_deleting)];
    }
    let mut lines = vec![match &unknown {
        Some(why) if why.starts_with(INVALID_SPEC) => format!(
            "{head}. Argo CD does not know what is in the cluster now, and deletes only what the destination and the project let it reach: of a cluster that it does not have all stays, unmanaged: {why}"
        ),
        Some(why) => format!(
            "{head}. Argo CD does not know what is in the cluster now, but what it deployed goes as far as its cluster can be reached: {why}"
        ),
        None => nothing(head, &fate),
    }];
    if !fate.go.is_empty() {
        let more = match fate.missing {
            0 => String::new(),
            1 => ", while 1 more is not in the cluster".to_owned(),
            more => format!(", while {more} more are not in the cluster"),
        };
        let how = policy.map(|policy| format!(" ({})", effective(before, policy))).unwrap_or_default();
        let resources = counted(fate.go.len(), "resources");
        let named = names(&fate.go);
        if unknown.is_some() {
            lines.push(format!("It knew {resources}{how}: {named}"));
        } else {
            lines = vec![format!("{head}; with it go its {resources}{how}{more}: {named}")];
        }
        lines.push("Those annotated Delete=false or helm.sh/resource-policy: keep stay, and those that its project does not permit.".into());
    }
    lines.extend(others(before, &fate, release));
    lines.extend(namespace(before, &fate));
    let waiting: Vec<&Value> = fate.go.iter().filter(|resource| state::is_to_confirm(resource)).copied().collect();
    if !waiting.is_empty() {
        lines.push(format!(
            "It waits until somebody confirms the deletion of {}: `argocd app confirm-deletion {name}`.",
            names(&waiting)
        ));
    }
    lines
}

/// Where no resource is known to go.
fn nothing(head: &str, fate: &Fate<'_>) -> String {
    match (fate.there(), fate.missing) {
        (0, 0) => format!("{head}; it has no resources."),
        (0, missing) => format!("{head}; of its {} none is in the cluster.", counted(missing, "resources")),
        _ => format!("{head}."),
    }
}

/// What stays, and what Argo CD does not know.
fn others(before: &Value, fate: &Fate<'_>, release: Option<Release>) -> Vec<String> {
    let mut lines = vec![];
    let is_application = |resource: &&Value| text(resource, "/kind").as_deref() == Some("Application");
    if fate.go.iter().any(is_application) {
        lines.push("An Application among them takes its own resources along if one of its finalizers deletes them; otherwise they stay.".into());
    }
    if !fate.stay.is_empty() {
        let named = names(&fate.stay);
        let resources = counted(fate.stay.len(), "resources");
        lines.push(match (keeps(before, release), release) {
            (false, _) => format!("CRDs stay: {named}"),
            (true, Some(_)) => format!("Its syncOption Delete=false keeps {resources}: {named}"),
            (true, None) => {
                format!("Its syncOption Delete=false keeps {resources} from Argo CD 3.4 on; before, they go: {named}")
            }
        });
    }
    if let (false, true, Some(server)) = (keeps(before, release), keeps(before, None), release) {
        lines.push(format!(
            "Its syncOption Delete=false keeps nothing: it counts from Argo CD 3.4 on, this is {server}."
        ));
    }
    if !fate.shared.is_empty() {
        lines.push(format!("What another application tracks stays (SharedResourceWarning): {}", names(&fate.shared)));
    }
    if !fate.unsure.is_empty() {
        lines.push(format!(
            "Argo CD does not know how these are, and leaves what its project does not permit: {}",
            names(&fate.unsure)
        ));
    }
    lines
}

/// The namespace that its syncs made, which is no resource of it unless the repository has it.
fn namespace(application: &Value, fate: &Fate<'_>) -> Option<String> {
    let makes = has_option(application, "CreateNamespace=true", None);
    let name = text(application, "/spec/destination/namespace").filter(|_| makes)?;
    let is_in = |resource: &&Value| text(resource, "/namespace").as_ref() == Some(&name);
    let is_it = |resource: &Value| {
        text(resource, "/kind").as_deref() == Some("Namespace") && text(resource, "/name").as_ref() == Some(&name)
    };
    let stays = fate.go.iter().any(is_in) && !list(application, "/status/resources").iter().any(is_it);
    stays.then(|| format!("Namespace {name} stays: what CreateNamespace=true makes nobody deletes."))
}

/// A deletion that leaves the resources.
fn alone(head: &str, fate: &Fate<'_>, unknown: Option<&str>, is_deleting: bool) -> String {
    let head = match is_deleting {
        true => format!(
            "{head}, with its resources: what of them is gone by now does not come back. Its finalizers that delete them are taken away"
        ),
        false => format!("{head}, of the application alone"),
    };
    match (unknown, fate.there()) {
        (Some(why), _) => {
            format!(
                "{head}. Argo CD does not know what is in the cluster now, but what it deployed stays, unmanaged: {why}"
            )
        }
        (None, 0) => nothing(&head, fate),
        (None, 1) => format!("{head}: its resource stays in the cluster, unmanaged."),
        (None, there) => format!("{head}: its {there} resources stay in the cluster, unmanaged."),
    }
}

/// What Argo CD leaves in the cluster when it deletes the application.
fn stays(application: &Value, resource: &Value, release: Option<Release>) -> bool {
    text(resource, "/kind").as_deref() == Some("CustomResourceDefinition") || keeps(application, release)
}

fn keeps(application: &Value, release: Option<Release>) -> bool {
    has_option(application, "Delete=false", release)
}

/// Whether the cluster says that another application deployed it: "ConfigMap/a is part of applications x and y".
fn is_shared(application: &Value, resource: &Value) -> bool {
    let (Some(kind), Some(name)) = (text(resource, "/kind"), text(resource, "/name")) else { return false };
    let begin = format!("{kind}/{name} is part of applications ");
    conditions(application, "SharedResourceWarning").any(|message| message.starts_with(&begin))
}

/// The first finalizer of this kind decides, and one that the application has comes before that of the call.
fn effective(application: &Value, policy: &str) -> String {
    let own = finalizers(application).find_map(|finalizer| match finalizer.strip_prefix(FINALIZER)? {
        "" | "/foreground" => Some("foreground"),
        "/background" => Some("background"),
        _ => None,
    });
    match own {
        Some(own) if own != policy => format!("{own}, as its finalizer says, not {policy}"),
        _ => policy.to_owned(),
    }
}

fn names(resources: &[&Value]) -> String {
    state::names(resources, NAMED)
}
