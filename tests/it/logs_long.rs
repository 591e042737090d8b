//! `get_application_workload_logs`: lines that are long, written over, or repeated at other times.

use serde_json::json;

use crate::{
    harness::{call, text},
    http::Server,
};

#[test]
fn long_lines_keep_their_end_and_what_was_looked_for() {
    let line = |written: String| json!({ "result": { "content": written, "timeStampStr": "2026-11-22T10:00:00Z", "podName": "web-1" } });
    let shown = |written: String, filter: &str| {
        let body = format!("{}\n{}\n", line(written), json!({ "result": { "last": true } }));
        let server = Server::answering(200, "application/json", &body);
        let resource = json!({ "kind": "Pod", "name": "web-1", "namespace": "shop", "group": "", "version": "v1" });
        let arguments = json!({ "applicationName": "shop", "resourceRef": resource, "filter": filter });
        text(call(&server.url, "get_application_workload_logs", arguments))
    };
    let long = format!(
        "{{\"a\":\"{}\",\"error\":\"TIMEOUT of db\",\"b\":\"{}\",\"cause\":\"no route\"}}",
        "x".repeat(5000),
        "y".repeat(5000)
    );
    let said = shown(long.clone(), "");
    assert!(said.contains("{\"a\":\"xxx") && said.ends_with("\"cause\":\"no route\"}") && said.len() < 1400, "{said}");
    assert!(shown(long, "timeout").contains("TIMEOUT of db"));
    let bar: String = (0..9).map(|n| format!("progress {n}%\r")).collect();
    assert!(shown(format!("{bar}ERROR disk full\r"), "").ends_with("progress 7% progress 8% ERROR disk full"));
}

#[test]
fn the_same_lines_of_other_times_are_not_one() {
    let line =
        |pod: &str, time: &str| json!({ "result": { "content": "starting", "timeStampStr": time, "podName": pod } });
    let shown = |second: &str, last: &str| {
        let lines =
            [line("a", "2026-11-20T10:00:00Z"), line("a", "2026-11-20T10:00:02Z"), line("b", second), line("b", last)];
        let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let server = Server::answering(200, "application/json", &body);
        let resource =
            json!({ "kind": "Deployment", "name": "web", "namespace": "shop", "group": "apps", "version": "v1" });
        text(call(
            &server.url,
            "get_application_workload_logs",
            json!({ "applicationName": "shop", "resourceRef": resource }),
        ))
    };
    let together = shown("2026-11-20T10:00:30Z", "2026-11-20T10:00:31Z");
    assert!(
        together.starts_with("a, b (2 lines each, all the same; 2026-11-20 UTC):\n10:00:00 starting (×2)"),
        "{together}"
    );
    let apart = shown("2026-11-22T16:00:00Z", "2026-11-22T16:30:00Z");
    assert!(apart.contains("a (2 lines; 2026-11-20 UTC)") && apart.contains("b (2 lines; 2026-11-22 UTC)"), "{apart}");
    assert!(apart.ends_with("16:00:00 starting (×2 until 16:30:00)"), "{apart}");
}
