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
    let set = |name: &str| {
        let conditions = json!([{ "reason": "ApplicationSetUpToDate" }, { "reason": "ParametersGenerated" }]);
        let metadata = json!({ "name": name, "namespace": "team-a", "creationTimestamp": "2026-11-22T20:00:00Z" });
        json!({ "metadata": metadata, "status": { "conditions": conditions } })
    };
    let body = json!({ "items": [set("shop"), set("data")] }).to_string();
    let server = Server::answering(200, "application/json", &body);
    harness::app(&server.url, "agent");
    let text = answer("list_applicationsets", &json!({ "search": "sho", "projects": "a" }), &server);
    let row = "team-a/shop\t2h\tApplicationSetUpToDate, ParametersGenerated";
    assert_eq!(text, format!("1 of 2 ApplicationSets match\nNAME\tAGE\tCONDITIONS\n{row}"));
    assert_eq!(server.requests()[0].line(), "GET /api/v1/applicationsets?projects=a");
}

/// What the guide tells to do can be done only while no tool calls its operation.
#[test]
fn the_guides_operation_has_no_tool() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let row = read("tests/tables/guide.toml");
    let operation = row.lines().find_map(|line| line.strip_prefix("operation = ")).unwrap();
    assert!(
        read("openapi/skipped.toml").contains(operation),
        "{operation} has a tool: let docs/adding-a-tool.md and tests/tables/guide.toml add another one"
    );
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
    let request = Request::new(
        row,
        args,
        Options { now: harness::NOW.parse().unwrap(), asked_by: "test".into(), read_only: false },
    );
    harness::block_on(tools::call(request, instance, Duration::from_secs(10), std::future::pending())).unwrap().text
}
