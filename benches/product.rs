//! Start, memory, size, and the cost of a call over that of fetching the same bytes with curl.
//!
//! Prints; asserts nothing. What the machine itself costs stands beside each figure, so that ratios can be compared.

#![allow(
    missing_docs,
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark"
)]

#[path = "shared/argocd.rs"]
mod argocd;

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use argocd::{applications, serve};
use serde_json::{Value, json};

const ROUNDS: usize = 50;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

struct Client {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Client {
    fn start(base_url: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_argocd-mcp"))
            .arg("stdio")
            .env_clear()
            .envs([("ARGOCD_BASE_URL", base_url), ("ARGOCD_API_TOKEN", "bench"), ("RUST_LOG", "off")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut client = Self { child, stdout };
        client.ask("initialize", &json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "bench", "version": "1" } }));
        client
    }

    fn ask(&mut self, method: &str, params: &Value) -> String {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        writeln!(self.child.stdin.as_mut().unwrap(), "{request}").unwrap();
        let mut answer = String::new();
        self.stdout.read_line(&mut answer).unwrap();
        answer
    }

    fn list(&mut self) -> Duration {
        let begun = Instant::now();
        let answer = self.ask("tools/call", &json!({ "name": "list_applications", "arguments": {} }));
        assert!(answer.contains("applications; health"), "{answer}");
        begun.elapsed()
    }

    /// `VmRSS` or `VmHWM`, in MiB.
    fn memory(&self, what: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with(what)).unwrap_or("x 0");
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn curl(url: &str) -> Option<Duration> {
    let begun = Instant::now();
    let done = Command::new("curl").args(["-sS", "-o", "/dev/null", url]).stdout(Stdio::null()).status();
    done.is_ok_and(|status| status.success()).then(|| begun.elapsed())
}

fn main() {
    let executable = env!("CARGO_BIN_EXE_argocd-mcp");
    let small = serve(applications(100));
    let (mut starts, mut bare, mut idle) = (vec![], vec![], 0.0);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let client = Client::start(&small);
        starts.push(begun.elapsed());
        idle = client.memory("VmRSS:");
        drop(client);
        let begun = Instant::now();
        Command::new(executable).arg("--version").stdout(Stdio::null()).status().unwrap();
        bare.push(begun.elapsed());
    }
    println!("spawn to initialize      {:?} (median of {ROUNDS}; --version alone {:?})", median(starts), median(bare));
    let mut client = Client::start(&small);
    println!("tools/list               {} bytes", client.ask("tools/list", &json!({})).len());
    for _ in 0..1000 {
        client.list();
    }
    println!("resident, idle           {idle:.1} MiB; after 1,000 calls {:.1} MiB", client.memory("VmRSS:"));
    for (count, rounds) in [(100, ROUNDS), (10_000, 9)] {
        let url = serve(applications(count));
        let mut client = Client::start(&url);
        client.list();
        let (mut ours, mut theirs) = (vec![], vec![]);
        for _ in 0..rounds {
            ours.push(client.list());
            theirs.extend(curl(&format!("{url}/api/v1/applications")));
        }
        let ours = median(ours);
        let ratio = if theirs.is_empty() {
            "curl is not installed".to_owned()
        } else {
            let theirs = median(theirs);
            format!("curl {theirs:?}, ratio {:.2}", ours.as_secs_f64() / theirs.as_secs_f64())
        };
        println!("list of {count:<6}           {ours:?} ({ratio}); peak {:.1} MiB", client.memory("VmHWM:"));
    }
    let mut bytes = vec![];
    std::fs::File::open(executable).unwrap().read_to_end(&mut bytes).unwrap();
    println!("executable, stripped     {:.2} MB", bytes.len() as f64 / 1e6);
}
