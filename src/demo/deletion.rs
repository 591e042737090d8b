//! Deletion of an application: its finalizers, as the server sets them and the controller fulfils them.

use serde_json::Value;

use super::{
    application::App,
    events::Event,
    gather::Gather,
    json::{list, set},
    names::time,
    reads::{Answer, find},
    request::{Query, Refusal},
    world::{USER, World},
};

/// The finalizers with which the resources go first, by policy.
const CASCADES: [(&str, &str); 3] = [
    ("", "resources-finalizer.argocd.argoproj.io"),
    ("foreground", "resources-finalizer.argocd.argoproj.io/foreground"),
    ("background", "resources-finalizer.argocd.argoproj.io/background"),
];

/// Whether a finalizer is one that a deletion sets and fulfils.
fn is_own(finalizer: &Value) -> bool {
    CASCADES.iter().any(|(_, own)| finalizer == own)
}

/// Whether the resources of an application go before it.
pub(super) fn is_cascaded(app: &App) -> bool {
    list(&app.metadata, "/finalizers").iter().any(is_own)
}

/// Takes the finalizers away that a deletion fulfils.
pub(super) fn fulfil(app: &mut App) {
    let others: Vec<Value> =
        list(&app.metadata, "/finalizers").iter().filter(|finalizer| !is_own(finalizer)).cloned().gather();
    set(&mut app.metadata, "/finalizers", &others);
}

/// Deletes an application; with its resources unless `cascade=false`.
pub(super) fn delete(world: &mut World, name: &str, query: &Query) -> Answer {
    let index = find(world, name, query)?;
    let policy = query.get("propagationPolicy").unwrap_or_default();
    let cascade = query.get("cascade").is_none() || query.flag("cascade")?;
    if !cascade && !policy.is_empty() {
        return Err(Refusal::invalid("cannot set propagation policy when cascading is disabled".into()));
    }
    let own = CASCADES.iter().find(|(name, _)| *name == policy.to_lowercase());
    let Some((_, own)) = own else {
        return Err(Refusal::invalid(format!("invalid propagation policy: {policy}")));
    };
    let now = world.now;
    if let Some(app) = world.apps.get(index) {
        let event = Event::of_user(app, USER, "ResourceDeleted", format!("{USER} deleted application"), now);
        world.events.push(event);
    }
    let mut is_gone = false;
    world.touch(index, |app| {
        let mut finalizers: Vec<Value> = list(&app.metadata, "/finalizers").iter().cloned().gather();
        if !cascade {
            fulfil(app);
        } else if app.deleting.is_none() && !finalizers.iter().any(|finalizer| finalizer == own) {
            // Beside one of another policy, which stays the one that counts.
            finalizers.push(json!(own));
            set(&mut app.metadata, "/finalizers", &finalizers);
        }
        is_gone = list(&app.metadata, "/finalizers").is_empty();
        app.deleting.get_or_insert(now);
        app.operation = None;
        app.plan = None;
        tracing::debug!(application = app.name(), since = time(now), "deleting");
    });
    if is_gone {
        world.apps.remove(index);
    }
    Ok(json!({}))
}
