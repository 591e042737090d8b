//! What `get_application_managed_resources` says of differences that were not recorded.

use serde_json::{Value, json};

use crate::views::said;

fn managed(live: Value, desired: Value) -> String {
    let item = json!({ "kind": "ConfigMap", "namespace": "x", "name": "a", "modified": true, "normalizedLiveState": live.to_string(), "predictedLiveState": desired.to_string() });
    said(
        "get_application_managed_resources",
        json!({ "applicationName": "shop", "name": "a" }),
        json!({ "items": [item] }),
    )
}

#[test]
fn a_difference_that_no_line_shows_is_told() {
    let object = |tracking: &str, host: Value| json!({ "kind": "ConfigMap", "metadata": { "name": "a", "annotations": { "argocd.argoproj.io/tracking-id": tracking } }, "data": { "host": host } });
    let shared = managed(object("other:/ConfigMap:x/a", json!("db")), object("shop:/ConfigMap:x/a", json!("db")));
    assert!(
        shared.contains("- ") && shared.contains("other:/ConfigMap:x/a") && shared.contains("shop:/ConfigMap:x/a"),
        "{shared}"
    );
    let hostile = managed(
        object("ghp_abcdefghij0123456789ABCDEFGHabcdefgh", json!("db")),
        object("password=Hunter2Hunter2 \u{202e}", json!("db")),
    );
    assert!(!hostile.contains("ghp_") && !hostile.contains("Hunter2") && !hostile.contains('\u{202e}'), "{hostile}");
    let hidden = managed(
        object("shop:/ConfigMap:x/a", json!("db\u{200b}.local")),
        object("shop:/ConfigMap:x/a", json!("db.local")),
    );
    assert!(hidden.contains("data.host, in characters that are not shown"), "{hidden}");
    let item = json!({ "kind": "Service", "namespace": "x", "name": "a", "modified": true,
        "normalizedLiveState": json!({ "spec": { "targetPort": "8080" } }).to_string(), "predictedLiveState": json!({ "spec": { "targetPort": 8080 } }).to_string() });
    let types =
        said("get_application_managed_resources", json!({ "applicationName": "shop" }), json!({ "items": [item] }));
    assert!(types.contains("spec.targetPort \"8080\" \u{2192} 8080"), "{types}");
}

#[test]
fn what_is_to_be_pruned_says_who_would_and_who_must_confirm() {
    let live = json!({ "metadata": { "annotations": { "argocd.argoproj.io/sync-options": "Prune=confirm" } } });
    let both = json!({ "kind": "Service", "namespace": "x", "name": "b", "normalizedLiveState": "{\"a\":1}", "predictedLiveState": "{\"a\":1}" });
    let item = json!({ "kind": "ConfigMap", "namespace": "x", "name": "a", "normalizedLiveState": live.to_string(), "predictedLiveState": "null" });
    let shown = said(
        "get_application_managed_resources",
        json!({ "applicationName": "shop" }),
        json!({ "items": [item, both] }),
    );
    assert!(shown.contains("prune ConfigMap x/a: once a person has confirmed it"), "{shown}");
    assert!(shown.contains("with prune=true, and by auto-sync"), "{shown}");
    let kept = json!({ "metadata": { "annotations": { "argocd.argoproj.io/sync-options": "Prune=false" } } });
    let kept = json!({ "kind": "ConfigMap", "namespace": "x", "name": "a", "normalizedLiveState": kept.to_string(), "predictedLiveState": "null" });
    let shown = said(
        "get_application_managed_resources",
        json!({ "applicationName": "shop", "show": "diff" }),
        json!({ "items": [kept, both] }),
    );
    assert!(
        shown.starts_with(
            "ConfigMap x/a: keep: not in the repository, but Prune=false, its own or its application's, keeps it"
        ),
        "{shown}"
    );
    assert!(!shown.contains("\n-"), "{shown}");
}
