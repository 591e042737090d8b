//! What the demo does with deleted applications and resources.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Fixture, PATIENCE};

#[test]
fn a_deletion_sets_finalizers_as_argo_cd_does() {
    const OWN: &str = "resources-finalizer.argocd.argoproj.io";
    // Beside the one that cart has; that one counts, and what is on its way gets no other.
    let both = json!([OWN, format!("{OWN}/background")]);
    assert_eq!(finalizers_after("cart", &["background"]), both);
    assert_eq!(finalizers_after("cart", &["background", "foreground"]), both);
    assert_eq!(finalizers_after("gateway", &[""]), json!([OWN]));
    let fixture = Fixture::start();
    let delete = |query: &str| fixture.send("DELETE", &format!("/api/v1/applications/{query}"), None);
    let finalizers = |name: &str| fixture.application(name)["metadata"]["finalizers"].clone();
    assert_eq!(delete("cart").0, 200);
    // Without its resources it waits for the finalizers of others alone.
    let body = json!({ "patchType": "merge", "patch": json!({ "metadata": { "finalizers": [OWN, "shop.example/keep"] } }).to_string() });
    assert_eq!(fixture.send("PATCH", "/api/v1/applications/search", Some(&body)).0, 200);
    assert_eq!(delete("search?cascade=false").0, 200);
    std::thread::sleep(Duration::from_millis(3000));
    assert_eq!(finalizers("search"), json!(["shop.example/keep"]));
    let tree = fixture.get("/api/v1/applications/search/resource-tree");
    assert!(tree["nodes"].as_array().is_some_and(|nodes| nodes.len() > 3), "{tree}");
    assert_eq!(delete("catalog?cascade=false").0, 200);
    assert_ne!(fixture.send("GET", "/api/v1/applications/catalog?project=shop", None).0, 200);
    assert_ne!(fixture.send("GET", "/api/v1/applications/cart?project=shop", None).0, 200);
}

/// The finalizers right after deletions with these policies. They are fulfilled two seconds later: a machine too busy
/// for that tries it again.
fn finalizers_after(name: &str, policies: &[&str]) -> Value {
    for _ in 0..20 {
        let fixture = Fixture::start();
        let began = Instant::now();
        for policy in policies {
            let path = format!("/api/v1/applications/{name}?propagationPolicy={policy}");
            assert_eq!(fixture.send("DELETE", &path, None).0, 200);
        }
        let (status, app) = fixture.send("GET", &format!("/api/v1/applications/{name}"), None);
        if began.elapsed() < Duration::from_secs(2) {
            assert_eq!(status, 200);
            return app["metadata"]["finalizers"].clone();
        }
    }
    panic!("the machine is too busy to look at a deletion");
}

#[test]
fn finalizers_of_others_hold_an_application() {
    let fixture = Fixture::start();
    let path = "/api/v1/applications/search";
    let (status, refused) = fixture.send("DELETE", &format!("{path}?cascade=false&propagationPolicy=foreground"), None);
    assert_eq!(
        (status, &refused["message"]),
        (400, &json!("cannot set propagation policy when cascading is disabled"))
    );
    let mut application = fixture.application("search");
    application["metadata"]["finalizers"] = json!(["example.com/keep"]);
    assert_eq!(fixture.send("PUT", path, Some(&application)).0, 200);
    assert_eq!(fixture.send("DELETE", path, None).0, 200);
    let finalizers = |app: &Value| app["metadata"]["finalizers"].clone();
    assert_eq!(
        finalizers(&fixture.application("search")),
        json!(["example.com/keep", "resources-finalizer.argocd.argoproj.io"])
    );
    let held = fixture.wait("search", |app| finalizers(app) == json!(["example.com/keep"]));
    assert!(held["metadata"]["deletionTimestamp"].is_string(), "{held}");
}

#[test]
fn what_is_deleted_comes_again_where_somebody_sees_to_it() {
    let fixture = Fixture::start();
    assert_eq!(fixture.send("DELETE", "/api/v1/applications/storefront-nl?cascade=false", None).0, 200);
    let end = Instant::now() + PATIENCE;
    while fixture.send("GET", "/api/v1/applications/storefront-nl", None).0 != 200 {
        assert!(Instant::now() < end, "the ApplicationSet does not make its application again");
        std::thread::sleep(Duration::from_millis(200));
    }
    fixture.wait_for("storefront-nl", "Synced", "Healthy");
    let pods = |fixture: &Fixture| -> Vec<String> {
        let tree = fixture.get("/api/v1/applications/cart/resource-tree");
        tree["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|node| node["kind"] == "Pod")
            .map(|node| node["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let before = pods(&fixture);
    let path = format!(
        "/api/v1/applications/cart/resource?namespace=cart&resourceName={}&version=v1&group=&kind=Pod",
        before[0]
    );
    assert_eq!(fixture.send("DELETE", &path, None).0, 200);
    let after = pods(&fixture);
    assert!(after.len() == before.len() && !after.contains(&before[0]), "{before:?} {after:?}");
    fixture.wait_for("cart", "Synced", "Healthy");
}
