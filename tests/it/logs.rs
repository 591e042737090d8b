//! `get_application_workload_logs`: folding, days, complaints, and why there is nothing.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    recordings,
    replay::Replay,
    snapshots::check,
};

const REF: &str = "apps:Deployment:shop/web";

/// Shows a stream of (pod, time, text) and the mark of its end.
fn logs(lines: &[(&str, &str, &str)], more: Value) -> String {
    let mut stream: Vec<Value> = lines
        .iter()
        .map(|(pod, time, text)| {
            json!({ "result": { "content": text, "podName": pod, "timeStampStr": time, "last": false } })
        })
        .collect();
    stream.push(
        json!({ "result": { "content": "", "podName": "", "timeStampStr": "2026-11-22T10:00:00Z", "last": true } }),
    );
    show(&stream, more)
}

fn show(stream: &[Value], more: Value) -> String {
    let body: String = stream.iter().map(|line| format!("{line}\n")).collect();
    let server = Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        _ => http::answer(200, "application/json", body.as_bytes()),
    });
    let mut arguments = json!({ "applicationName": "shop", "resourceRef": REF });
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    text(call(&server.url, "get_application_workload_logs", arguments))
}

#[test]
fn repeated_lines_are_folded_unless_all_are_wanted() {
    let lines = [
        ("web-1", "2026-11-22T23:59:58.1Z", "ready"),
        ("web-1", "2026-11-22T23:59:59.1Z", "no route to db"),
        ("web-1", "2026-11-22T23:59:59.2Z", "no route to db"),
        ("web-2", "2026-11-22T23:59:59.3Z", "ready"),
        ("web-1", "2026-11-23T00:00:01.1Z", "no route to db"),
        ("web-1", "2026-11-23T00:00:01.1Z", "  at connect()"),
        ("web-1", "2026-11-23T00:00:02.1Z", "no route to db"),
    ];
    let folded = logs(&lines, json!({}));
    let all = logs(&lines, json!({ "fold": false }));
    check("logs.fold", &format!("## folded\n{folded}\n\n## fold=false\n{all}"));
}

#[test]
fn a_long_line_is_cut_and_hostile_characters_are_gone() {
    let hostile = "\u{1b}[31mred\u{1b}[0m \u{202e}reversed \u{e0041}\u{e0042}tag\u{200b} \u{7}bell";
    let long = "x".repeat(5000);
    let lines = [("web-1", "2026-11-22T10:00:00Z", hostile), ("web-1", "2026-11-22T10:00:01Z", long.as_str())];
    let shown = logs(&lines, json!({}));
    assert!(shown.contains("10:00:00 red reversed tag bell\n"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() < 1020), "{shown}");
}

#[test]
fn the_newest_lines_are_kept_when_there_are_too_many() {
    let texts: Vec<String> = (0..200).map(|index| format!("line {index}")).collect();
    let lines: Vec<_> = texts.iter().map(|text| ("web-1", "2026-11-22T10:00:00Z", text.as_str())).collect();
    let shown = logs(&lines, json!({ "maxBytes": 1000 }));
    assert!(shown.len() <= 1000 && shown.ends_with("line 199"), "{shown}");
    assert!(shown.starts_with("the first "), "{shown}");
}

#[test]
fn what_kubernetes_says_instead_of_lines_is_an_error_with_a_way_out() {
    let complaint = |text: &str| json!({ "result": { "content": text, "podName": "", "timeStampStr": "0001-01-01T00:00:00Z", "last": false } });
    let line = json!({ "result": { "content": "ready", "podName": "web-1", "timeStampStr": "2026-11-22T10:00:00Z", "last": false } });
    let last =
        json!({ "result": { "content": "", "podName": "", "timeStampStr": "2026-11-22T10:00:00Z", "last": true } });
    let choose = complaint("a container name must be specified for pod web-1, choose one of: [app proxy]");
    let cases = [
        ("no container where there are two", vec![choose, last.clone()]),
        (
            "no container before",
            vec![complaint("previous terminated container \"app\" in pod \"web-1\" not found"), last.clone()],
        ),
        ("a pod of several complains", vec![complaint("container app is not valid for pod web-2"), line, last.clone()]),
        (
            "an error in the stream",
            vec![
                json!({ "error": { "code": 8, "message": "max pods to view logs are reached. Please provide more granular query" } }),
            ],
        ),
        ("no pod", vec![]),
        ("no line", vec![last]),
    ];
    let seen: Vec<String> =
        cases.iter().map(|(name, stream)| format!("## {name}\n{}", show(stream, json!({})))).collect();
    check("logs.complaints", &seen.join("\n\n"));
}

#[test]
fn a_missing_application_is_said_to_be_missing() {
    let mut recording = recordings::load("v3.5.1/logs.missing-app");
    recording.request.query.push(("tailLines".into(), "100".into()));
    let others = ["applications.list", "version"].map(|name| recordings::load(&format!("v3.5.1/{name}")));
    let replay = Replay::new("v3.5.1", [vec![recording], others.to_vec()].concat());
    let arguments = json!({ "applicationName": "nope", "resourceRef": "apps:Deployment:checkout/checkout" });
    let shown = text(call(replay.url(), "get_application_workload_logs", arguments));
    assert!(shown.contains("there is no application `nope`"), "{shown}");
}

#[test]
fn json_and_raw_have_every_line_masked() {
    let lines = [("web-1", "2026-11-22T10:00:00Z", "API_TOKEN=abcd1234efgh")];
    for output in ["json", "raw"] {
        let shown = logs(&lines, json!({ "output": output }));
        assert!(shown.contains("API_TOKEN=\u{ab}masked 1\u{bb}") && !shown.contains("abcd1234"), "{shown}");
    }
}
