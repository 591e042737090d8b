//! Ten thousand applications pass in 64 MiB, whatever the server sends of each.

use serde_json::{Value, json};

use crate::{
    http::{self, Server, Step, head},
    recordings,
    stdio_client::{Client, tool_text},
};

const APPLICATIONS: usize = 10_000;

/// Whole applications, as a server sends them that does not project.
fn fleet() -> Vec<Step> {
    let list = recordings::load("payloads/list.many.raw").response.json.unwrap();
    let items = list["items"].as_array().unwrap();
    let mut steps = vec![Step::Send(
        [head(200, &[("content-type", "application/json"), ("connection", "close")]), b"{\"items\":[".to_vec()]
            .concat(),
    )];
    for index in 0..APPLICATIONS {
        let mut item = items[index % items.len()].clone();
        item["metadata"]["name"] = Value::String(format!("app-{index:05}"));
        let comma = if index == 0 { "" } else { "," };
        steps.push(Step::Send(format!("{comma}{item}").into_bytes()));
    }
    steps.push(Step::Send(b"],\"metadata\":{}}".to_vec()));
    steps.push(Step::Close);
    steps
}

/// Largest resident size so far, in KiB (`proc(5)`).
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn ten_thousand_applications_in_64_mib() {
    let fleet = fleet();
    let bytes: usize = fleet.iter().map(|step| if let Step::Send(bytes) = step { bytes.len() } else { 0 }).sum();
    assert!(bytes > 25 << 20, "{bytes} bytes are no load");
    let server = Server::start(move |request| {
        if request.path() == "/api/version" { http::json(200, &json!({ "Version": "v3.5.1" })) } else { fleet.clone() }
    });
    // Unoptimised, it takes a busy machine a while.
    let mut client = Client::start(&[
        ("ARGOCD_BASE_URL", server.url.as_str()),
        ("ARGOCD_API_TOKEN", "agent"),
        ("ARGOCD_MCP_TIMEOUT", "110"),
    ]);
    client.initialize("2025-11-25");
    client.call(1, "list_applications", json!({ "limit": 1000 }));
    let (text, failed) = tool_text(&client.receive());
    assert!(!failed && text.starts_with("10000 applications; health "), "{}", text.lines().next().unwrap());
    let peak = peak(client.child.id());
    println!("{} MiB for {} MiB of applications", peak >> 10, bytes >> 20);
    assert!(peak <= 64 << 10, "{} MiB", peak >> 10);
}
