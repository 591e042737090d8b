//! The HTTP server under load: calls a second and latencies, CPU beside nginx proxying the same bytes, memory of a session.
//!
//! Prints; asserts nothing. Client, server and Argo CD share the machine, so read ratios rather than figures.

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
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

const CLIENTS: usize = 8;
const WARM: Duration = Duration::from_millis(500);
const SPAN: Duration = Duration::from_secs(3);
const SESSIONS: u64 = 500;

struct Server {
    child: Child,
    port: u16,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    fn start(mut command: Command, port: u16) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::sleep(Duration::from_millis(10));
        }
        Self { child, port }
    }

    fn ours(argocd: &str, flags: &[&str]) -> Self {
        let port = free_port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_argocd-mcp"));
        command.args(["http", "--port", &port.to_string(), "--log-level", "off"]).args(flags).env_clear();
        command.envs([("ARGOCD_BASE_URL", argocd), ("ARGOCD_API_TOKEN", "bench")]);
        Self::start(command, port)
    }

    /// One worker that proxies to the same Argo CD over kept connections; `None` where there is no nginx.
    fn nginx(argocd: &str, folder: &std::path::Path) -> Option<Self> {
        let port = free_port();
        let upstream = argocd.trim_start_matches("http://");
        let text = format!(
            "daemon off; master_process off; pid {0}/pid; error_log /dev/null; events {{}}\nhttp {{ access_log off; client_body_temp_path {0}/b; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f; uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;\nkeepalive_requests 1000000; upstream argocd {{ server {upstream}; keepalive 16; keepalive_requests 1000000; }}\nserver {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://argocd; proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_buffers 64 64k; proxy_buffer_size 64k; proxy_busy_buffers_size 128k; }} }} }}",
            folder.display()
        );
        std::fs::write(folder.join("nginx.conf"), text).unwrap();
        let found = Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        let mut command = Command::new("nginx");
        command.arg("-e").arg("/dev/null").arg("-c").arg(folder.join("nginx.conf"));
        found.then(|| Self::start(command, port))
    }

    /// User and system time so far, in ticks of 10 ms.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
    }

    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A kept connection.
struct Client(BufReader<TcpStream>);

impl Client {
    fn to(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::with_capacity(256 << 10, stream))
    }

    /// Sends a request; the session's id and how many bytes the body had.
    fn ask(&mut self, request: &[u8]) -> (String, usize) {
        self.0.get_mut().write_all(request).unwrap();
        let (mut session, mut length, mut chunked, mut line) = (String::new(), 0, false, String::new());
        self.0.read_line(&mut line).unwrap();
        assert!(line.contains(" 200 "), "{line}");
        loop {
            line.clear();
            self.0.read_line(&mut line).unwrap();
            let lower = line.to_lowercase();
            if let Some(value) = lower.strip_prefix("mcp-session-id: ") {
                value.trim().clone_into(&mut session);
            } else if let Some(value) = lower.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            } else if lower.starts_with("transfer-encoding: chunked") {
                chunked = true;
            } else if lower.trim().is_empty() {
                break;
            }
        }
        let mut total = 0;
        loop {
            if chunked {
                line.clear();
                self.0.read_line(&mut line).unwrap();
                length = usize::from_str_radix(line.trim(), 16).unwrap() + 2;
            }
            std::io::copy(&mut (&mut self.0).take(length as u64), &mut std::io::sink()).unwrap();
            total += length;
            if !chunked || length == 2 {
                return (session, total);
            }
        }
    }
}

fn post(session: &str, message: &Value) -> Vec<u8> {
    let session = if session.is_empty() { String::new() } else { format!("mcp-session-id: {session}\r\n") };
    let body = message.to_string();
    format!("POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{session}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn call(id: usize, arguments: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "list_applications", "arguments": arguments } })
}

fn hello() -> Value {
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": { "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "bench", "version": "1" } } })
}

/// Calls a second, latencies, CPU seconds a call, bytes a call.
fn load(
    server: &Server,
    request: impl Fn(&str, usize) -> Vec<u8> + Sync,
    sessions: bool,
) -> (f64, Vec<Duration>, f64, usize) {
    let measured = |span: Duration| {
        let (before, begun) = (server.cpu(), Instant::now());
        let results: Vec<(Vec<Duration>, usize)> = thread::scope(|scope| {
            let one = || {
                let mut client = Client::to(server.port);
                let session = if sessions { client.ask(&post("", &hello())).0 } else { String::new() };
                let (mut times, mut bytes) = (vec![], 0);
                while begun.elapsed() < span {
                    let request = request(&session, times.len() + 1);
                    let sent = Instant::now();
                    bytes = client.ask(&request).1;
                    times.push(sent.elapsed());
                }
                (times, bytes)
            };
            let threads: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let (took, cpu) = (begun.elapsed().as_secs_f64(), server.cpu() - before);
        let bytes = results[0].1;
        let mut times: Vec<Duration> = results.into_iter().flat_map(|(times, _)| times).collect();
        times.sort();
        (times.len() as f64 / took, times.clone(), cpu / times.len() as f64, bytes)
    };
    measured(WARM);
    measured(SPAN)
}

fn main() {
    let body = argocd::applications(100);
    let size = body.len();
    let argocd = argocd::serve(body);
    for (name, flags, sessions) in [
        ("stateless, JSON", &["--stateless", "--json-response"][..], false),
        ("stateless, SSE", &["--stateless"], false),
        ("sessions", &[], true),
    ] {
        let server = Server::ours(&argocd, flags);
        let (rate, times, cpu, bytes) = load(&server, |session, id| post(session, &call(id, &json!({}))), sessions);
        println!(
            "{name:<16} {rate:>8.0} calls/s; p50 {:?}, p99 {:?}; {:.0} µs CPU, {bytes} bytes a call",
            times[times.len() / 2],
            times[times.len() * 99 / 100],
            cpu * 1e6
        );
    }
    let server = Server::ours(&argocd, &["--stateless", "--json-response"]);
    let raw = json!({ "output": "raw", "maxBytes": 400_000 });
    let (rate, _, ours, bytes) = load(&server, |_, id| post("", &call(id, &raw)), false);
    println!("output=raw       {rate:>8.0} calls/s; {:.0} µs CPU a call, {bytes} bytes of {size}", ours * 1e6);
    let folder = tempfile::tempdir().unwrap();
    match Server::nginx(&argocd, folder.path()) {
        None => println!("nginx is not installed: nothing to compare with"),
        Some(nginx) => {
            let get = b"GET /api/v1/applications HTTP/1.1\r\nhost: localhost\r\n\r\n".to_vec();
            let (rate, _, theirs, bytes) = load(&nginx, |_, _| get.clone(), false);
            println!("nginx            {rate:>8.0} requests/s; {:.0} µs CPU a request, {bytes} bytes", theirs * 1e6);
            println!("CPU, ours / nginx {:.2}", ours / theirs);
        }
    }
    let server = Server::ours(&argocd, &[]);
    let mut client = Client::to(server.port);
    for _ in 0..50 {
        client.ask(&post("", &hello()));
    }
    let before = server.resident();
    for _ in 0..SESSIONS {
        client.ask(&post("", &hello()));
    }
    println!("an idle session  {:.1} KiB", (server.resident() - before) as f64 / SESSIONS as f64);
}
