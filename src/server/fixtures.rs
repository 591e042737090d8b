//! What the official conformance suite calls: its test tools, prompts and resources, behind the same dispatcher as the
//! table's rows. Only in builds with the feature `conformance-fixtures`.

pub mod prompts;
pub mod rounds;
pub mod tools;

use std::sync::LazyLock;

use parking_lot::Mutex;
use rmcp::{
    ErrorData,
    model::{ServerCapabilities, Tool},
    service::{SubscriptionContext, SubscriptionSink},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Everything that can be said without a program.
static DATA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("fixtures/fixtures.json")).unwrap_or_default());

/// Who listens to changes.
static LISTENERS: Mutex<Vec<SubscriptionSink>> = Mutex::new(vec![]);

/// What a server with these fixtures can do.
#[allow(deprecated, reason = "logging is, and the suite tests it")]
pub fn capabilities() -> ServerCapabilities {
    ServerCapabilities::builder()
        .enable_tools()
        .enable_tool_list_changed()
        .enable_prompts()
        .enable_prompts_list_changed()
        .enable_resources()
        .enable_resources_subscribe()
        .enable_resources_list_changed()
        .enable_logging()
        .enable_completions()
        .build()
}

/// The tools.
pub fn tools() -> Vec<Tool> {
    all("tools").iter().filter_map(|fixture| read(&fixture["tool"]).ok()).collect()
}

/// Keeps a subscription until its end.
pub async fn listen(context: SubscriptionContext) {
    let sink = context.sink().clone();
    LISTENERS.lock().push(sink);
    context.cancelled().await;
}

fn listeners() -> Vec<SubscriptionSink> {
    LISTENERS.lock().clone()
}

fn all(kind: &str) -> &'static [Value] {
    DATA.get(kind).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The fixture of a kind (`tools`, `tool`) by a key of it.
fn find(kind: &str, thing: &str, key: &str, value: &str) -> Option<&'static Value> {
    all(kind).iter().find(|fixture| fixture.get(thing).and_then(|thing| thing.get(key)?.as_str()) == Some(value))
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, ErrorData> {
    serde_json::from_value(value.clone())
        .map_err(|error| ErrorData::internal_error(format!("a fixture cannot be read: {error}"), None))
}

/// A whole result; rmcp leaves the type out again where a version does not know it.
fn read_result<T: DeserializeOwned>(value: &Value) -> Result<T, ErrorData> {
    let mut value = value.clone();
    if let Some(result) = value.as_object_mut() {
        result.insert("resultType".to_owned(), "complete".into());
    }
    read(&value)
}
