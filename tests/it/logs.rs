//! `get_application_workload_logs`: folding, days, complaints, and why there is nothing.

use std::time::Duration;

use argocd_mcp::server::App;
use serde_json::{Value, json};

use crate::{
    harness::{app, call, call_app, text},
    http::{self, Server, Step},
    recordings,
    replay::Replay,
    snapshots::check,
};

const REF: &str = "apps:Deployment:shop/web";

/// Shows a stream of (pod, time, text) and the mark of its end.
pub fn logs(lines: &[(&str, &str, &str)], more: Value) -> String {
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
        path if path.ends_with("/resource-tree") => {
            let web = json!({ "group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web", "uid": "1" });
            http::json(200, &json!({ "nodes": [web] }))
        }
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
fn every_pod_keeps_its_head_and_its_newest_lines() {
    let texts: Vec<String> = (0..100).map(|index| format!("line {index} {}", "x".repeat(80))).collect();
    let pods = ["web-1", "web-2", "web-3"];
    let lines: Vec<_> = pods
        .iter()
        .flat_map(|pod| texts.iter().map(move |text| (*pod, "2026-11-22T10:00:00Z", text.as_str())))
        .chain([("web-4", "2026-11-22T10:00:00Z", "alone")])
        .collect();
    let shown = logs(&lines, json!({ "fold": false }));
    assert!(shown.len() <= 20_000 && shown.len() > 18_000, "{}", shown.len());
    for pod in pods {
        let (head, rest) =
            shown.split_once(&format!("{pod} (100 lines, the first ")).unwrap().1.split_once('\n').unwrap();
        let cut: usize = head.strip_suffix(" cut; 2026-11-22 UTC):").unwrap().parse().unwrap();
        assert!(rest.starts_with(&format!("10:00:00 line {cut} ")), "{pod}: {rest}");
        assert!(rest.split("web-").next().unwrap().contains("\nline 99 "), "{pod}");
    }
    assert!(shown.contains("web-4 (1 line; 2026-11-22 UTC):\n10:00:00 alone"), "{shown}");
    let cut: usize = shown.split(' ').next().unwrap().parse().unwrap();
    assert!(shown.starts_with(&format!("{cut} of 301 lines, the first of each, are cut: ")), "{shown}");
    let kept = shown.lines().filter(|line| line.contains("line ") && line.contains("xxx")).count();
    assert_eq!(cut + kept + 1, 301, "heads are no lines");
    let many: Vec<String> = (0..40).map(|index| format!("pod-{index}")).collect();
    let lines: Vec<_> = many.iter().map(|pod| (pod.as_str(), "2026-11-22T10:00:00Z", texts[0].as_str())).collect();
    let shown = logs(&lines, json!({ "maxBytes": 1000, "fold": false }));
    let heads = shown.matches("pod-").count();
    assert!(
        shown.len() <= 1000 && shown.ends_with(&format!("and {} more pods: name one in resourceRef", 40 - heads)),
        "{shown}"
    );
}

#[test]
fn times_of_other_zones_are_told_in_utc() {
    let shown =
        logs(&[("web-1", "2026-11-23T00:30:00.123+02:00", "a"), ("web-1", "2026-11-22T22:30:01Z", "b")], json!({}));
    assert_eq!(shown, "web-1 (2 lines; 2026-11-22 UTC):\n22:30:00 a\n22:30:01 b");
}

#[test]
fn a_stack_trace_keeps_its_indentation() {
    let lines = [("web-1", "2026-11-22T10:00:00Z", "panic"), ("web-1", "2026-11-22T10:00:00Z", "\tat main()")];
    let shown = logs(&lines, json!({}));
    assert!(shown.ends_with("panic\n  at main()"), "{shown}");
}

#[test]
fn what_came_before_an_error_is_shown_with_it() {
    let line = json!({ "result": { "content": "ready", "podName": "web-1", "timeStampStr": "2026-11-22T10:00:00Z", "last": false } });
    let shown = show(&[line, json!({ "error": { "code": 13, "message": "the connection was lost" } })], json!({}));
    assert_eq!(
        shown,
        "problem: the logs broke off: the connection was lost\nweb-1 (1 line; 2026-11-22 UTC):\n10:00:00 ready"
    );
}

#[test]
fn what_came_before_a_break_is_shown_with_it() {
    let line = json!({ "result": { "content": "ready", "podName": "web-1", "timeStampStr": "2026-11-22T10:00:00Z", "last": false } });
    for (rest, why) in [
        ("", ""),
        ("{\"result\":{\"cont", ""),
        ("<html>\n", ": what came then is no JSON"),
        ("{\"error\":\"boom\"}\n", ": boom"),
    ] {
        let body = format!("{line}\n{rest}");
        let server = Server::start(move |request| {
            if request.path() == "/api/version" {
                return http::json(200, &json!({ "Version": "v3.5.1" }));
            }
            let mut bytes = http::head(200, &[("content-type", "application/json"), ("content-length", "9999")]);
            bytes.extend_from_slice(body.as_bytes());
            vec![Step::Send(bytes), Step::Close]
        });
        let pod = json!({ "kind": "Pod", "name": "web-1", "namespace": "shop", "group": "", "version": "v1" });
        let arguments = json!({ "applicationName": "shop", "resourceRef": pod.clone() });
        let shown = text(call(&server.url, "get_application_workload_logs", arguments));
        let wanted = format!("problem: the logs broke off{why}\nweb-1 (1 line; 2026-11-22 UTC):\n10:00:00 ready");
        assert_eq!(shown, wanted, "{rest}");
        let arguments = json!({ "applicationName": "shop", "resourceRef": pod, "output": "raw" });
        let shown = text(call(&server.url, "get_application_workload_logs", arguments));
        assert!(shown.contains("\"content\":\"ready\""), "{shown}");
        assert!(shown.contains("boom") || shown.ends_with(&format!("problem: the logs broke off{why}")), "{shown}");
    }
}

#[test]
fn what_came_before_the_time_was_over_is_shown_with_it() {
    let line = json!({ "result": { "content": "ready", "podName": "web-1", "timeStampStr": "2026-11-22T10:00:00Z", "last": false } });
    let server = Server::start(move |request| {
        if request.path() == "/api/version" {
            return http::json(200, &json!({ "Version": "v3.5.1" }));
        }
        let mut bytes = http::head(200, &[("content-type", "application/json"), ("content-length", "9999")]);
        bytes.extend_from_slice(format!("{line}\n").as_bytes());
        vec![Step::Send(bytes), Step::Hang]
    });
    let pod = json!({ "kind": "Pod", "name": "web-1", "namespace": "shop", "group": "", "version": "v1" });
    let arguments = json!({ "applicationName": "shop", "resourceRef": pod });
    let app = App { patience: Duration::from_secs(1), ..app(&server.url, "agent") };
    let shown = text(call_app(&app, "get_application_workload_logs", arguments));
    let why = "no more came in time; take a smaller tail or raise ARGOCD_MCP_TIMEOUT";
    assert_eq!(shown, format!("problem: the logs broke off: {why}\nweb-1 (1 line; 2026-11-22 UTC):\n10:00:00 ready"));
}

#[test]
fn a_workload_that_does_not_exist_is_said_to_be_missing() {
    for output in ["text", "json"] {
        let shown = show(&[], json!({ "resourceRef": "apps:Deployment:shop/wep", "output": output }));
        assert_eq!(shown, "[error: NotFound]\napplication `shop` has no Deployment shop/wep\nDid you mean web?");
    }
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
fn a_filter_hides_no_pod_that_cannot_be_read() {
    let complaint = "container \"web\" in pod \"web-2\" is waiting to start: trying and failing to pull image";
    let entry = |content: &str, pod: &str, last: bool| json!({ "result": { "content": content, "podName": pod, "timeStampStr": "2026-11-22T10:00:00Z", "last": last } });
    let ask = |lines: &[Value], filter: &str, output: &str| {
        let stream = [lines, &[entry(complaint, "", false), entry("", "", true)]].concat();
        let server = Server::start(move |request| {
            if request.path() == "/api/version" {
                return http::json(200, &json!({ "Version": "v3.5.1" }));
            }
            // As Argo CD does: every line goes through the filter.
            let filter = request.query().into_iter().find(|(name, _)| name == "filter").map(|(_, filter)| filter);
            let fits = |line: &&Value| {
                let (content, last) = (&line["result"]["content"], &line["result"]["last"]);
                *last == true || filter.as_ref().is_none_or(|filter| content.as_str().unwrap().contains(filter))
            };
            let body: String = stream.iter().filter(fits).map(|line| format!("{line}\n")).collect();
            http::answer(200, "application/json", body.as_bytes())
        });
        let pods =
            json!({ "kind": "Deployment", "name": "web", "namespace": "shop", "group": "apps", "version": "v1" });
        let arguments = json!({ "applicationName": "shop", "resourceRef": pods, "filter": filter, "output": output });
        (text(call(&server.url, "get_application_workload_logs", arguments)), server.requests())
    };
    let (shown, requests) = ask(&[], "error", "text");
    assert_eq!(shown, format!("[error: Refused]\n{complaint}"));
    let tail = |query: Vec<(String, String)>| query.into_iter().find(|(name, _)| name == "tailLines").unwrap().1;
    let logs = requests.iter().filter(|request| request.path().ends_with("/logs"));
    assert_eq!(logs.map(|request| tail(request.query())).collect::<Vec<_>>(), ["100", "1"]);
    let lines = [entry("an error", "web-1", false), entry("ready", "web-1", false)];
    let note = "filter chose among the last 100 lines of each; a larger tail looks further back";
    let wanted = format!("problem: {complaint}\n{note}\nweb-1 (1 line; 2026-11-22 UTC):\n10:00:00 an error");
    assert_eq!(ask(&lines, "error", "text").0, wanted);
    assert!(ask(&lines, "error", "json").0.contains("trying and failing"), "in JSON as well");
    // What fits the filter is not said twice.
    assert_eq!(ask(&lines, "i", "text").0.matches(complaint).count(), 1);
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
