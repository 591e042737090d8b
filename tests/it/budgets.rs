//! What answers cost a model, in tokens of the o200k encoding: upper bounds, and ceilings that may only fall.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    harness::{call, text, tokens},
    recordings,
    replay::Replay,
    snapshots::{check, check_file, reviewed, root},
};

struct Case {
    tool: &'static str,
    /// How the call differs from others of the tool.
    with: &'static str,
    arguments: Value,
    recording: &'static str,
    /// Most tokens, from the number of lines or items of the answer.
    bound: fn(usize) -> usize,
}

fn cases() -> Vec<Case> {
    let case = |tool, with, arguments, recording, bound| Case { tool, with, arguments, recording, bound };
    let estate = || json!({ "applicationName": "estate" });
    let orders = json!({ "kind": "Deployment", "name": "orders", "namespace": "estate", "group": "apps" });
    let logs =
        |fold: bool| json!({ "applicationName": "estate", "resourceRef": orders, "container": "orders", "fold": fold });
    let resource = json!({ "applicationName": "estate", "resourceRefs": [orders] });
    vec![
        case("list_applications", "50 of 300", json!({}), "payloads/list.many.raw", |_| 1470),
        case("get_application", "", estate(), "payloads/estate.get", |_| 400),
        case("get_application_resource_tree", "", estate(), "payloads/estate.resource-tree", |_| 300),
        case("get_application_managed_resources", "", estate(), "payloads/estate.managed-resources", |_| 120),
        case("get_application_workload_logs", "", logs(true), "payloads/estate.logs.orders", |_| 3300),
        case("get_application_workload_logs", "fold=false", logs(false), "payloads/estate.logs.orders", |_| 6400),
        case("get_application_events", "", estate(), "payloads/estate.events", |lines| lines * 25),
        case("get_resources", "one Deployment", resource, "payloads/estate.resource.orders", |_| 900),
        case("list_clusters", "", json!({}), "payloads/clusters", |lines| lines * 45),
    ]
}

#[test]
fn answers_stay_within_their_budgets() {
    let old = std::fs::read_to_string(root().join("docs/tokens.md")).unwrap_or_default();
    let ceilings = ceilings(&old);
    let mut lines = vec![];
    let mut over = vec![];
    for Case { tool, with, arguments, recording, bound } in cases() {
        let replay = Replay::of("v3.5.1", &[recording, "version", "resource-tree.catalog", "payloads/estate.get"]);
        let answer = text(call(replay.url(), tool, arguments));
        let name = if with.is_empty() { format!("`{tool}`") } else { format!("`{tool}`, {with}") };
        let file = recording.rsplit('/').next().unwrap();
        check(
            &format!("{tool}.{file}{}", if with.contains('=') { format!(".{with}") } else { String::new() }),
            &answer,
        );
        let count = tokens(&answer);
        let ceiling = ceilings.get(&name).copied().unwrap_or(count).min(count);
        let allowed = bound(answer.lines().count());
        if count > allowed || (count > ceilings.get(&name).copied().unwrap_or(count) * 105 / 100) {
            over.push(format!("{name}: {count} tokens; the ceiling is {ceiling}, the bound {allowed}"));
        }
        let whole = whole_answer(recording);
        lines.push(format!(
            "| {name} | {} | {} | {count} | {} |",
            whole.len(),
            tokens(&whole),
            ceilings.get(&name).copied().unwrap_or(count).min(count)
        ));
    }
    assert!(!reviewed() || over.is_empty(), "{over:#?}\n(a ceiling is raised by hand, in docs/tokens.md)");
    let list = crate::schemas::default_surface();
    let page = format!(
        "# Tokens\n\nWhat answers cost a model, in tokens of the o200k encoding, on recorded answers of Argo CD; `make docs` \
         writes this file.\nA count more than 5 % over its ceiling fails `make test`; `make docs` lowers ceilings and never \
         raises one.\n\nThe list of tools itself: {} bytes, {} tokens.\n\n\
         | call | bytes from Argo CD | tokens of them | tokens of the answer | ceiling |\n|---|---:|---:|---:|---:|\n{}\n",
        list.to_string().len(),
        tokens(&list.to_string()),
        lines.join("\n")
    );
    check_file("docs/tokens.md", &page);
}

/// What Argo CD sent, as a client without a view would show it.
fn whole_answer(recording: &str) -> String {
    let response = recordings::load(recording).response;
    response.json.map(|json| json.to_string()).or(response.text).unwrap()
}

/// The last column of the page by the first.
fn ceilings(page: &str) -> BTreeMap<String, usize> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        Some(((*cells.get(1)?).to_owned(), cells.get(5)?.parse().ok()?))
    };
    page.lines().filter_map(row).collect()
}
