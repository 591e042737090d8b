//! The real executable over its pipes, as an IDE drives it.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::stderr::{PATIENCE, Stderr, within_patience};

pub struct Client {
    pub child: Child,
    stdin: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
    stderr: Stderr,
}

/// The executable without any of this machine's settings.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_argocd-mcp"));
    command.env_clear();
    command
}

impl Client {
    /// Starts `argocd-mcp stdio` with these variables.
    pub fn start(environment: &[(&str, &str)]) -> Self {
        let mut child = command()
            .arg("stdio")
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let stderr = Stderr::new(child.stderr.take().unwrap());
        let stdin = child.stdin.take();
        Self { child, stdin, lines, stderr }
    }

    /// Starts a server for one instance and opens a session.
    pub fn connected(base_url: &str) -> Self {
        let mut client = Self::start(&[("ARGOCD_BASE_URL", base_url), ("ARGOCD_API_TOKEN", "agent")]);
        client.initialize("2025-11-25");
        client
    }

    pub fn send_line(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    pub fn send(&mut self, message: &Value) {
        self.send_line(&message.to_string());
    }

    /// The next line on stdout, which must be JSON.
    pub fn receive(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no answer; stderr: {}", self.stderr()));
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    pub fn is_silent(&mut self, time: Duration) -> bool {
        self.lines.recv_timeout(time).is_err()
    }

    pub fn ask(&mut self, message: &Value) -> Value {
        self.send(message);
        self.receive()
    }

    pub fn initialize(&mut self, version: &str) -> Value {
        let hello = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": { "protocolVersion": version, "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } } });
        let answer = self.ask(&hello);
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        answer
    }

    pub fn call(&mut self, id: u32, tool: &str, arguments: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": tool, "arguments": arguments } }));
    }

    /// What is on stderr by now: all of it after `wait`; what else is expected there takes `says`.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Waits until stderr has a text; panics when it never comes.
    pub fn says(&self, text: &str) {
        self.stderr.says(text);
    }

    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits for the end, of its stderr too; panics when there is none.
    pub fn wait(&mut self) -> ExitStatus {
        self.close_stdin();
        let status = within_patience(|| self.child.try_wait().unwrap()).expect("the process ends");
        self.stderr.ends();
        status
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the executable to its end: exit code, stdout, stderr.
pub fn run(arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String, String) {
    let output = command().args(arguments).envs(environment.iter().copied()).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Text of a tool result, and whether it is an error.
pub fn tool_text(answer: &Value) -> (String, bool) {
    let result = &answer["result"];
    (result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned(), result["isError"] == true)
}
