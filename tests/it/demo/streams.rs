//! Watches and logs: what a real server emits, in its order and its framing.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};

use super::{Fixture, PATIENCE, own_application};
use crate::{recordings, replay::project_paths};

/// Messages of a stream: the JSON of every line, of both framings.
fn messages(text: &str) -> Vec<Value> {
    let lines = text.lines().map(|line| line.trim_start_matches("data: ").trim()).filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What an event tells: its type, the phase of the operation, sync and health.
fn told(message: &Value) -> String {
    let app = &message["result"]["application"];
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let asked = if app["operation"].is_object() { "asked" } else { "idle" };
    format!("{} {asked} {}", text(&message["result"]["type"]), text(&app["status"]["operationState"]["phase"]))
}

fn steps(messages: &[Value]) -> Vec<String> {
    let mut steps: Vec<String> = messages.iter().map(told).collect();
    steps.dedup();
    steps
}

/// Reads a stream until what was read is enough.
async fn read(response: reqwest::Response, enough: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    let mut stream = response.bytes_stream();
    let reading = async {
        while let Some(bytes) = stream.next().await {
            text += std::str::from_utf8(&bytes.unwrap()).unwrap();
            if enough(&text) {
                break;
            }
        }
    };
    assert!(tokio::time::timeout(PATIENCE, reading).await.is_ok(), "the stream says no more than {text}");
    text
}

const FIELDS: &str = "result.type,result.application.metadata.name,result.application.metadata.namespace,result.application.metadata.deletionTimestamp,result.application.operation,result.application.status.sync.status,result.application.status.health.status,result.application.status.operationState.phase";

#[test]
fn a_watch_tells_the_life_of_an_application_in_the_recorded_order() {
    let recorded: String = recordings::load("v3.5.1-more/story.watch.sse-projected")
        .response
        .chunks
        .iter()
        .map(|chunk| chunk.text.as_str())
        .collect();
    let recorded = messages(&recorded);
    let fixture = Fixture::start();
    assert_eq!(fixture.send("POST", "/api/v1/applications", Some(&own_application("mine"))).0, 200);
    let watch = fixture
        .request("GET", &format!("/api/v1/stream/applications?name=mine&appNamespace=argocd&fields={FIELDS}"))
        .header("accept", "text/event-stream");
    let response = fixture.block_on(watch.send()).unwrap();
    assert_eq!(
        (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()),
        (200, "text/event-stream")
    );
    fixture.sync("mine", &json!({}));
    fixture.wait_for("mine", "Synced", "Healthy");
    assert_eq!(fixture.send("DELETE", "/api/v1/applications/mine", None).0, 200);
    let text = fixture.block_on(read(response, |text| text.contains("\"DELETED\"")));
    assert!(text.starts_with("data: {") && text.contains("} \n\n\n"), "{text}");
    let served = messages(&text);
    // Between two looks a step may be over; then it is left out, but the order stays.
    let (steps, mut order) = (steps(&served), steps(&recorded).into_iter());
    assert!(steps.iter().all(|step| order.any(|recorded| recorded == *step)), "{text}");
    assert!(order.next().is_none() && steps.len() > 3, "{text}");
    assert!(served.iter().all(|message| project_paths(message, FIELDS) == *message), "only what was asked for");
    let healths: Vec<&Value> =
        served.iter().map(|one| &one["result"]["application"]["status"]["health"]["status"]).collect();
    let (first, last) = (healths[0], healths[healths.len() - 1]);
    assert!(first == "Missing" && healths.contains(&&json!("Healthy")) && last == "Missing", "{healths:?}");
    let deletion =
        served.iter().filter(|one| one["result"]["application"]["metadata"]["deletionTimestamp"].is_string());
    assert!(deletion.count() > 1, "a deletion is a change before it is an end");
}

#[test]
fn a_watch_of_lines_sends_whole_applications_and_nothing_at_all_of_an_unknown_one() {
    let fixture = Fixture::start();
    let response = fixture.block_on(fixture.request("GET", "/api/v1/stream/applications?name=cart").send()).unwrap();
    assert_eq!(response.headers()["content-type"].to_str().unwrap(), "application/json");
    let text = fixture.block_on(read(response, |text| text.ends_with('\n')));
    let first = &messages(&text)[0]["result"];
    assert_eq!((&first["type"], &first["application"]["metadata"]["name"]), (&json!("ADDED"), &json!("cart")));
    assert!(first["application"]["status"]["resources"][0].is_object());
    for silent in ["name=nope", "resourceVersion=1&fields=result.application.spec"] {
        let request = fixture.request("GET", &format!("/api/v1/stream/applications?{silent}")).send();
        let header = fixture.block_on(async { tokio::time::timeout(Duration::from_millis(700), request).await });
        assert!(header.is_err(), "{silent}: there is a header before there is an event");
    }
}

#[test]
fn a_watch_of_a_tree_begins_with_the_first_change() {
    let fixture = Fixture::start();
    let watch =
        fixture.request("GET", "/api/v1/stream/applications/search/resource-tree?fields=result.nodes.name").send();
    let watch = fixture.runtime.spawn(watch);
    std::thread::sleep(Duration::from_millis(500));
    assert!(!watch.is_finished(), "there is a header before there is a change");
    fixture.sync("search", &json!({}));
    let response = fixture.block_on(watch).unwrap().unwrap();
    let text = fixture.block_on(read(response, |text| text.ends_with('\n')));
    let nodes = messages(&text)[0]["result"]["nodes"].as_array().unwrap().clone();
    assert!(nodes.len() > 5 && nodes.iter().all(|node| node.as_object().unwrap().len() == 1), "{nodes:?}");
    let (status, body) = fixture.send("GET", "/api/v1/stream/applications/nope/resource-tree", None);
    assert_eq!((status, &body["error"]["http_code"]), (403, &json!(403)));
    for (fields, told) in [("result.nodes.name", false), ("result.nodes.name,error", true)] {
        let path = format!("/api/v1/stream/applications/nope/resource-tree?fields={fields}");
        let (status, body) = fixture.send("GET", &path, None);
        assert_eq!((status, body["error"]["message"].is_string()), (403, told), "{fields}: {body}");
    }
}

#[test]
fn a_quiet_stream_of_events_shows_that_it_lives() {
    let fixture = Fixture::start();
    let fields = "result.type,result.application.metadata.name";
    let watch = fixture
        .request("GET", &format!("/api/v1/stream/applications?name=cart&fields={fields}"))
        .header("accept", "text/event-stream");
    let response = fixture.block_on(watch.send()).unwrap();
    let text = fixture.block_on(read(response, |text| text.ends_with("\n:\n")));
    let recorded: String = recordings::load("v3.5.1-more/watch.applications.sse")
        .response
        .chunks
        .iter()
        .map(|chunk| chunk.text.as_str())
        .collect();
    let words = |text: &str| {
        text.replace("checkout", "cart").replace("\"type\":\"ADDED\",", "").replace(",\"type\":\"ADDED\"", "")
    };
    assert_eq!(words(&text), words(&recorded));
}

const LOGS: &str =
    "/api/v1/applications/payments/logs?namespace=payments&group=apps&kind=Deployment&resourceName=payments";

#[test]
fn logs_say_why_a_container_crashed() {
    let fixture = Fixture::start();
    let (status, kind, text) = fixture.answered(fixture.request("GET", &format!("{LOGS}&previous=true&tailLines=20")));
    assert_eq!((status, kind.as_str()), (200, "application/json"));
    assert!(text.contains("PAYMENT_TIMEOUT") && text.contains("is not a duration"), "{text}");
    let entries = messages(&text);
    let last = entries.last().unwrap();
    assert_eq!((&last["result"]["last"], &last["result"]["content"]), (&json!(true), &json!("")));
    let keys = |entry: &Value| entry["result"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let recorded = recordings::load("v3.5.1/logs.crashy").response.text.unwrap();
    assert_eq!(keys(&entries[0]), keys(&messages(&recorded)[0]));
    let refused = |text: &str| messages(text).into_iter().filter(|entry| entry["result"]["podName"] == "").count();
    let unknown = fixture.answered(fixture.request("GET", &format!("{LOGS}&container=nope"))).2;
    let recorded = recordings::load("v3.5.1/logs.deployment.unknown-container").response.text.unwrap();
    assert!(unknown.contains("container nope is not valid for pod payments-"), "{unknown}");
    assert_eq!(keys(&messages(&unknown)[0]), keys(&messages(&recorded)[0]));
    assert_eq!(refused(&unknown), messages(&unknown).len());
}

#[test]
fn logs_are_cut_filtered_and_followed() {
    let fixture = Fixture::start();
    let logs = "/api/v1/applications/cart/logs?namespace=cart&group=apps&kind=Deployment&resourceName=cart";
    let text = fixture.answered(fixture.request("GET", &format!("{logs}&tailLines=4"))).2;
    assert_eq!(messages(&text).len(), 3 * 4 + 1);
    let text = fixture.answered(fixture.request("GET", &format!("{logs}&filter=LEVEL%3DERROR"))).2;
    assert!(
        messages(&text).len() > 1
            && messages(&text).iter().all(|one| one["result"]["last"] == true
                || one["result"]["content"].as_str().unwrap().contains("level=error"))
    );
    let response = fixture.block_on(fixture.request("GET", &format!("{logs}&tailLines=1&follow=true")).send()).unwrap();
    let followed = fixture.block_on(read(response, |text| messages_so_far(text) >= 6));
    let times: Vec<String> = messages(whole(&followed))
        .iter()
        .map(|one| one["result"]["timeStampStr"].as_str().unwrap().to_owned())
        .collect();
    let (first, rest) = times.split_at(3);
    assert!(rest.iter().all(|later| first.iter().all(|time| time < later)), "{times:?}");
}

/// Up to the last whole line.
fn whole(text: &str) -> &str {
    text.rfind('\n').map_or("", |end| &text[..end])
}

fn messages_so_far(text: &str) -> usize {
    messages(whole(text)).len()
}
