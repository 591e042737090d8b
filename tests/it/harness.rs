//! Calls tools in this process, at a fixed time, against a server of the test.

use std::{sync::Arc, time::Duration};

use argocd_mcp::{
    argocd::{Instance, Profile, operations, token::Fixed},
    caller::Caller,
    config::Environment,
    credentials::Credentials,
    error::Error,
    policy::Policy,
    release::Release,
    server::{App, calls},
    tools::{self, Answer},
};
use serde_json::Value;

/// The recordings were made shortly before.
pub const NOW: &str = "2026-11-22T22:00:00Z";

/// A server for one instance; the token is the identity of the recordings.
pub fn app(base_url: &str, token: &str) -> App {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let environment =
        Environment { base_url: Some(base_url.into()), token: Some(token.to_owned().into()), ..Default::default() };
    App {
        policy: Policy::default(),
        credentials: Credentials::from_environment(&environment).unwrap(),
        patience: Duration::from_secs(30),
        now: Some(NOW.parse().unwrap()),
        demo: false,
        shutdown: Default::default(),
    }
}

/// An instance outside any server.
pub fn instance(base_url: &str) -> Arc<Instance> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let token = Fixed::new(&"agent".to_owned().into(), "ARGOCD_API_TOKEN").unwrap();
    let profile = Profile { base_url: base_url.to_owned(), ..Profile::default() };
    Arc::new(Instance::new(&profile, Some(Arc::new(token))).unwrap())
}

/// Whether the client knows what came with a release such as `2.11`.
pub fn client_has(since: &str) -> bool {
    Release::parse(operations::RELEASE) >= Release::parse(since)
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

/// Calls a tool as the account `agent`.
pub fn call(base_url: &str, tool: &str, arguments: Value) -> Result<Answer, Error> {
    call_as(base_url, "agent", tool, arguments)
}

pub fn call_as(base_url: &str, token: &str, tool: &str, arguments: Value) -> Result<Answer, Error> {
    call_app(&Arc::new(app(base_url, token)), tool, arguments)
}

pub fn call_app(app: &App, tool: &str, arguments: Value) -> Result<Answer, Error> {
    let Value::Object(arguments) = arguments else { panic!("arguments must be an object") };
    let row = tools::find(tool).unwrap_or_else(|| panic!("no tool {tool}"));
    block_on(calls::run(app, row, arguments, &Caller::process("test")))
}

/// What the model reads, whether it went well or not. Marks of masked values, which differ from process to process,
/// are numbered in their order.
pub fn text(result: Result<Answer, Error>) -> String {
    numbered(&match result {
        Ok(answer) => answer.text,
        Err(error) => format!("[error: {:?}]\n{error}", error.kind),
    })
}

fn numbered(text: &str) -> String {
    let mut parts = text.split("\u{ab}masked ");
    let mut numbered = parts.next().unwrap().to_owned();
    let mut seen: Vec<&str> = vec![];
    for part in parts {
        let (mark, rest) = part.split_once('\u{bb}').unwrap();
        if !seen.contains(&mark) {
            seen.push(mark);
        }
        let number = seen.iter().position(|known| *known == mark).unwrap() + 1;
        numbered += &format!("\u{ab}masked {number}\u{bb}{rest}");
    }
    numbered
}

/// Tokens of the o200k encoding.
pub fn tokens(text: &str) -> usize {
    bpe_openai::o200k_base().count(text)
}
