//! What a sync policy lets Argo CD do by itself.

use serde_json::{Map, Value};

/// `auto`, `auto+prune+heal`, `manual`, or `manual, auto off` where automation is configured and switched off.
pub fn text(policy: Option<&Value>) -> String {
    let Some(automated) = automated(policy) else {
        let configured = policy.and_then(|policy| policy.get("automated")).is_some_and(Value::is_object);
        return if configured { "manual, auto off".into() } else { "manual".into() };
    };
    let words = [("prune", "prune"), ("selfHeal", "heal")].into_iter().filter(|(key, _)| is_on(automated, key));
    std::iter::once("auto").chain(words.map(|(_, word)| word)).collect::<Vec<_>>().join("+")
}

/// Whether it deploys by itself what changed.
pub fn deploys(policy: Option<&Value>) -> bool {
    automated(policy).is_some()
}

/// Whether it brings the cluster back by itself to what the repository says.
pub fn heals(policy: Option<&Value>) -> bool {
    automated(policy).is_some_and(|automated| is_on(automated, "selfHeal"))
}

/// Whether it deletes by itself what left the repository.
pub fn prunes(policy: Option<&Value>) -> bool {
    automated(policy).is_some_and(|automated| is_on(automated, "prune"))
}

/// An empty `automated` is automation with its defaults; `enabled: false` switches all of it off.
fn automated(policy: Option<&Value>) -> Option<&Map<String, Value>> {
    let automated = policy?.get("automated")?.as_object()?;
    Some(automated).filter(|map| map.get("enabled").and_then(Value::as_bool) != Some(false))
}

fn is_on(automated: &Map<String, Value>, key: &str) -> bool {
    automated.get(key).and_then(Value::as_bool) == Some(true)
}
