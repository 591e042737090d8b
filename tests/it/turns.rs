//! Writes to one application: each waits for its turn as long as its time allows, and says whether it was sent.

use std::{sync::Arc, time::Duration};

use argocd_mcp::{
    argocd::{Session, Wire, operations},
    caller::Caller,
    error::Error,
    server::{App, calls},
    tools::{self, Answer},
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::{
    harness::{app, block_on, instance, text},
    http::{self, Server, Step},
};

const NOT_SENT: &str = "The write was not sent to Argo CD: nothing was changed.";

/// Reads are answered, writes are not.
fn hanging() -> Server {
    Server::start(|request| match (request.method.as_str(), request.path()) {
        (_, "/api/version") => http::json(200, &json!({ "Version": "v3.5.1" })),
        ("GET", _) => http::json(200, &json!({ "metadata": { "name": "shop" }, "spec": { "project": "x" } })),
        _ => vec![Step::Hang],
    })
}

fn writes(server: &Server) -> Vec<String> {
    let writes = server.requests().into_iter().filter(|request| request.method != "GET");
    writes.map(|request| request.method).collect()
}

async fn run(app: &App, tool: &str, arguments: Value, ended: &Notify) -> Result<Answer, Error> {
    let Value::Object(arguments) = arguments else { panic!("arguments must be an object") };
    let ended = async {
        ended.notified().await;
        "the session ended"
    };
    calls::run_until(app, tools::find(tool).unwrap(), arguments, &Caller::process("test"), ended).await
}

/// Waits until so many writes came.
async fn came(server: &Server, count: usize) {
    while writes(server).len() < count {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn upsert() -> Value {
    let spec = json!({ "project": "x", "source": { "repoURL": "r", "path": "p" }, "destination": { "name": "c" } });
    json!({ "application": { "metadata": { "name": "shop" }, "spec": spec }, "upsert": true })
}

#[test]
fn a_write_whose_turn_does_not_come_is_not_sent() {
    let (server, never) = (hanging(), Notify::new());
    let (first, mut second) = (app(&server.url, "agent"), app(&server.url, "agent"));
    second.patience = Duration::from_secs(1);
    block_on(async {
        let others = async {
            came(&server, 1).await;
            for (tool, arguments) in [
                ("delete_application", json!({ "applicationName": "shop" })),
                (
                    "update_application",
                    json!({ "applicationName": "shop", "application": { "spec": { "project": "y" } } }),
                ),
                ("create_application", upsert()),
            ] {
                let said = text(run(&second, tool, arguments, &never).await);
                assert_eq!(
                    said,
                    "[error: Busy]\nanother write to application `shop` was still running; this one was not sent, and nothing was changed\nLook with get_application what the other one did before you call again."
                );
            }
            // Another application has turns of its own.
            let said = text(run(&second, "delete_application", json!({ "applicationName": "other" }), &never).await);
            assert!(said.contains("did not answer in time"), "{said}");
        };
        tokio::select! {
            () = others => {}
            first = run(&first, "sync_application", json!({ "applicationName": "shop" }), &never) => panic!("{first:?}"),
        }
    });
    assert_eq!(writes(&server), ["POST", "DELETE"]);
}

#[test]
fn writes_are_sent_in_order_of_arrival() {
    let server = Server::start(|request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        _ => http::json(200, &json!({ "metadata": { "name": "shop" }, "spec": {}, "operation": {} })),
    });
    let (app, never) = (app(&server.url, "agent"), Notify::new());
    let revisions: Vec<String> = (0..5).map(|number| format!("r{number}")).collect();
    let calls = revisions
        .iter()
        .map(|revision| json!({ "applicationName": "shop", "revision": revision }))
        .map(|arguments| run(&app, "sync_application", arguments, &never));
    block_on(join_all(calls));
    let sent: Vec<String> = server
        .requests()
        .iter()
        .filter(|request| request.method == "POST")
        .map(|request| serde_json::from_str::<Value>(&request.body).unwrap()["revision"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(sent, revisions);
}

#[test]
fn a_write_that_is_given_up_says_whether_it_was_sent() {
    for by_shutdown in [false, true] {
        let (server, ended) = (hanging(), Arc::new(Notify::new()));
        let app = app(&server.url, "agent");
        let why = if by_shutdown { "the server is shutting down; the call was given up" } else { "the session ended" };
        block_on(async {
            let name = || json!({ "applicationName": "shop" });
            let end = async {
                came(&server, 1).await;
                if by_shutdown { app.shutdown.cancel() } else { ended.notify_waiters() }
            };
            let (sent, waiting, ()) = tokio::join!(
                run(&app, "sync_application", name(), &ended),
                run(&app, "delete_application", name(), &ended),
                end
            );
            let done = "Argo CD may have done it nevertheless: look with get_application before you call again.";
            assert_eq!(text(sent), format!("[error: Cancelled]\n{why}\n{done}"));
            assert_eq!(text(waiting), format!("[error: Cancelled]\n{why}\n{NOT_SENT}"));
        });
        assert_eq!(writes(&server), ["POST"]);
    }
}

#[test]
fn no_write_is_sent_when_its_time_is_over() {
    let server = Server::answering(200, "application/json", "{}");
    let session = Session::new(instance(&server.url), Duration::ZERO, true);
    let mut wire = Wire::default();
    wire.set("name", "shop");
    let error = block_on(session.bytes(&operations::APPLICATION_SERVICE_SYNC, wire)).unwrap_err();
    assert!(
        error
            .message
            .ends_with("did not get this write, as too little of the call's time was left; nothing was changed"),
        "{error}"
    );
    assert!(!session.wrote());
    assert_eq!(server.requests().len(), 0);
}
