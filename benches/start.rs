//! Start and size: spawn to the answer of `initialize`, resident memory when idle, bytes of the executable.
//!
//! Prints; asserts nothing. The machine's own cost of a process stands beside it, so that ratios can be compared.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark"
)]

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const ROUNDS: usize = 50;
const HELLO: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    let executable = env!("CARGO_BIN_EXE_argocd-mcp");
    let (mut starts, mut bare, mut resident) = (vec![], vec![], 0);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let mut child = Command::new(executable)
            .arg("stdio")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "{HELLO}").unwrap();
        let mut answer = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut answer).unwrap();
        starts.push(begun.elapsed());
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or("VmRSS: 0 kB");
        resident = line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap();
        drop(child.stdin.take());
        child.wait().unwrap();
        let begun = Instant::now();
        Command::new(executable).arg("--version").stdout(Stdio::null()).status().unwrap();
        bare.push(begun.elapsed());
    }
    let size = std::fs::metadata(executable).unwrap().len();
    println!("spawn to initialize  {:?} (median of {ROUNDS}; --version alone {:?})", median(starts), median(bare));
    println!("resident when idle   {:.1} MiB", resident as f64 / 1024.0);
    println!("executable           {:.1} MB", size as f64 / 1e6);
}
