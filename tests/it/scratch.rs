//! scratch
use serde_json::json;
use crate::{harness::*, replay::Replay};

#[test]
fn scratch() {
    let replay = Replay::of("v3.5.1", &["version", "payloads/list.many.fields"]);
    let t = text(call(replay.url(), "list_applications", json!({})));
    println!("{t}\n== {} tokens", tokens(&t));
    let replay = Replay::of("v3.5.1", &["version", "applications.list"]);
    let t = text(call(replay.url(), "list_applications", json!({})));
    println!("{t}\n== {} tokens", tokens(&t));
    for r in replay.requests() { println!("{}", r.line()); }
    let t = text(call(replay.url(), "list_applications", json!({"search":"fleet-*","output":"json","limit":"2"})));
    println!("{t}\n== {} tokens", tokens(&t));
    for name in ["payloads/estate.get"].into_iter().map(str::to_owned).chain(crate::recordings::names("v3.5.1","applications.get.")) {
        let r = crate::recordings::load(&name);
        if r.response.status == Some(200) && r.request.identity=="agent" && r.request.query.iter().all(|(n,_)| n!="refresh") {
            let app = r.request.path.rsplit('/').next().unwrap().to_owned();
            let ns = r.request.query.iter().find(|(n,_)| n=="appNamespace").map(|x| x.1.clone());
            let replay = Replay::of("v3.5.1", &[&name, "version"]);
            let t = text(call(replay.url(), "get_application", json!({"applicationName":app,"applicationNamespace":ns})));
            println!("--- {name}\n{t}\n== {} tokens", tokens(&t));
        }
    }
}
