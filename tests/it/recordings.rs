//! Recorded exchanges with a live Argo CD, from `tests/recordings/`.

use std::{io::Read, path::PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// One exchange.
#[derive(Clone, Debug, Deserialize)]
pub struct Recording {
    #[serde(default)]
    pub operation: Option<String>,
    pub request: RecordedRequest,
    pub response: RecordedResponse,
}

#[derive(Clone, Debug, Deserialize)]
pub struct RecordedRequest {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub identity: String,
    #[serde(default)]
    pub body: Option<Value>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct RecordedResponse {
    pub status: Option<u16>,
    #[serde(default)]
    pub headers: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    pub json: Option<Value>,
    #[serde(default)]
    pub text: Option<String>,
    /// Pieces of a stream.
    #[serde(default)]
    pub chunks: Vec<Chunk>,
}

/// A piece of a stream, as it arrived.
#[derive(Clone, Debug, Deserialize)]
pub struct Chunk {
    pub text: String,
}

/// Reads `v3.5.1/applications.list`, plain or gzipped.
pub fn load(name: &str) -> Recording {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| {
        let file =
            std::fs::File::open(path.with_extension("json.gz")).unwrap_or_else(|_| panic!("no recording {name}"));
        let mut text = String::new();
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
        text
    });
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Names of all recordings of a folder whose name starts with `prefix`.
pub fn names(folder: &str, prefix: &str) -> Vec<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(folder);
    let mut names: Vec<String> = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.trim_end_matches(".gz").trim_end_matches(".json").to_owned())
        .filter(|name| name.starts_with(prefix))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    names.sort();
    names
}

/// Every recording of a folder, in the order of their names.
pub fn all(folder: &str) -> Vec<Recording> {
    names(folder, "").iter().map(|name| load(name)).collect()
}
