//! Rows of `tests/tables`, above all that which `docs/adding-a-tool.md` adds: compiled by this build, and called.

use std::time::Duration;

use argocd_mcp::tools::{self, Bound, Options, Request};
use serde_json::{Value, json};

use crate::{generated::table::ROWS, harness, http::Server, snapshots::root};

#[test]
fn the_guides_row_is_the_one_that_is_built() {
    let guide = std::fs::read_to_string(root().join("docs/adding-a-tool.md")).unwrap();
    let row = std::fs::read_to_string(root().join("tests/tables/guide.toml")).unwrap();
    assert!(
        guide.contains(&format!("```toml\n{row}```")),
        "docs/adding-a-tool.md shows another row than tests/tables/guide.toml"
    );
    let words = guide.split_whitespace().count();
    assert!(words < 650, "{words} words are more than a page");
}

#[test]
fn the_guides_row_answers() {
    let windows =
        json!({ "assignedWindows": [{ "kind": "deny", "schedule": "0 8 * * *", "duration": "1h" }], "canSync": true });
    let body = windows.to_string();
    let server = Server::answering(200, "application/json", &body);
    harness::app(&server.url, "agent");
    let text = answer("get_application_sync_windows", &json!({ "applicationName": "team-a/frozen" }), &server);
    assert_eq!(text, "manual sync possible now: true\nwindows (1):\n  deny 0 8 * * * for 1h");
    assert_eq!(server.requests()[0].line(), "GET /api/v1/applications/frozen/syncwindows?appNamespace=team-a");
}

/// Flat is how its arguments look; what is said of events is of the tool that asks for those.
#[test]
fn a_row_about_one_resource_says_nothing_of_events() {
    let deployment = json!({ "group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "web", "uid": "u-1" });
    let body = json!({ "nodes": [deployment], "items": [{ "title": "Traces", "url": "https://traces.example" }] });
    let server = Server::answering(200, "application/json", &body.to_string());
    let args = json!({ "applicationName": "agent", "resourceName": "Deployment/web" });
    let text = answer("get_resource_links", &args, &server);
    assert!(text.contains("Traces: https://traces.example") && !text.contains("events"), "{text}");
}

/// What a row of `tests/tables` answers.
fn answer(tool: &str, args: &Value, server: &Server) -> String {
    let row = ROWS.iter().find(|row| row.name == tool).unwrap();
    let args = Bound::new(row, args.as_object().unwrap().clone()).unwrap();
    let instance = harness::instance(&server.url);
    let request = Request::new(row, args, Options { now: harness::NOW.parse().unwrap(), asked_by: "test".into() });
    harness::block_on(tools::call(request, instance, Duration::from_secs(10), std::future::pending())).unwrap().text
}
