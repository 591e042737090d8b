//! The row that `docs/adding-a-tool.md` adds: compiled from its text by this build, and called.

use std::time::Duration;

use argocd_mcp::tools::{self, Bound, Options, Request};
use serde_json::json;

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
    let row = ROWS.iter().find(|row| row.name == "get_application_sync_windows").unwrap();
    let args = json!({ "applicationName": "team-a/frozen" });
    let args = Bound::new(row, args.as_object().unwrap().clone()).unwrap();
    let instance = crate::harness::instance(&server.url);
    let request = Request::new(row, args, Options { now: harness::NOW.parse().unwrap(), asked_by: "test".into() });
    let answer = harness::block_on(tools::call(request, instance, Duration::from_secs(10))).unwrap();
    assert_eq!(answer.text, "manual sync possible now: true\nwindows (1):\n  deny 0 8 * * * for 1h");
    assert_eq!(server.requests()[0].line(), "GET /api/v1/applications/frozen/syncwindows?appNamespace=team-a");
}
