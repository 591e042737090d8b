//! `delete_application`: what an application waits for that nobody takes away, and what stays beside its resources.

use serde_json::{Value, json};

use crate::{
    fates::{deleted, recorded},
    harness::{call, text},
    http::{self, Server},
};

#[test]
fn a_finalizer_that_argo_cd_does_not_know_has_a_way_out() {
    let own = "resources-finalizer.argocd.argoproj.io";
    let waits = |finalizers: Value, cascade: bool| {
        let mut application = recorded("applications.get.checkout");
        application["metadata"]["finalizers"] = finalizers;
        let server = Server::start(move |request| match request.method.as_str() {
            "DELETE" => http::json(200, &json!({})),
            _ => {
                let mut now = application.clone();
                now["metadata"]["deletionTimestamp"] = json!("2026-11-22T21:00:00Z");
                http::json(200, &now)
            }
        });
        text(call(&server.url, "delete_application", json!({ "applicationName": "checkout", "cascade": cascade })))
    };
    let said = waits(json!([own, "bogus", "example.com/x"]), true);
    let way = format!(
        "done: {own}, bogus, example.com/x\nArgo CD does not take away bogus, example.com/x; if nobody else does, update_application does, with metadata.finalizers [\"{own}\"]."
    );
    assert!(said.contains(&way), "{said}");
    for begins in ["/orphan", "/backgroud"] {
        let said = waits(json!([format!("{own}{begins}")]), false);
        let way = format!(
            "take away {own}{begins}; if nobody else does, update_application does, with metadata.finalizers []."
        );
        assert!(said.contains(&way) && !said.contains("somebody else asked"), "{said}");
    }
    let known = json!([own, "post-delete-finalizer.argocd.argoproj.io/cleanup", format!("{own}/background")]);
    assert!(!waits(known, true).contains("does not take away"));
}

#[test]
fn a_namespace_that_syncs_make_is_not_said_to_go() {
    let said = |change: &dyn Fn(&mut Value)| {
        let mut application = recorded("applications.get.checkout");
        application["spec"]["syncPolicy"]["syncOptions"] = json!(["CreateNamespace=true"]);
        change(&mut application);
        deleted(application, 200, json!({}))
    };
    let stays = "Namespace checkout stays: what CreateNamespace=true makes nobody deletes.";
    let told = said(&|_| ());
    assert!(told.contains(stays), "{told}");
    let own = said(&|application| {
        application["status"]["resources"][0] = json!({ "kind": "Namespace", "name": "checkout", "status": "Synced" });
    });
    assert!(!own.contains("Namespace checkout stays"), "{own}");
    let made_by_nobody = said(&|application| application["spec"]["syncPolicy"] = json!({}));
    assert!(!made_by_nobody.contains("Namespace checkout stays"), "{made_by_nobody}");
}
