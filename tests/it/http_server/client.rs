//! The real executable behind a real socket, and a client that sends exactly what a test says.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, ExitStatus, Stdio},
};

use serde_json::Value;

use super::messages::initialize;
pub use crate::stderr::PATIENCE;
use crate::{
    stderr::{Stderr, within_patience},
    stdio_client::command,
};

/// A running server.
pub struct Serving {
    pub child: Child,
    pub port: u16,
    log: Stderr,
}

/// One that nobody listens on at the moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Serving {
    /// `argocd-mcp http` with these flags and variables.
    pub fn http(flags: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start("http", flags, environment)
    }

    /// As the account `agent` of one Argo CD.
    pub fn of(base_url: &str, flags: &[&str]) -> Self {
        Self::http(flags, &[("ARGOCD_BASE_URL", base_url), ("ARGOCD_API_TOKEN", "agent")])
    }

    /// One that only two callers may use; the folder holds the file `tokens` of their tokens.
    pub fn with_callers(command_name: &str, base_url: &str) -> (Self, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        std::fs::write(&path, "first-token-0123456789\nsecond-token-0123456789\n").unwrap();
        let flags = ["--auth-token-file", path.to_str().unwrap()];
        let environment = [("ARGOCD_BASE_URL", base_url), ("ARGOCD_API_TOKEN", "agent")];
        (Self::start(command_name, &flags, &environment), folder)
    }

    /// Starts a server and waits until it serves; takes another port when somebody was quicker.
    pub fn start(command_name: &str, flags: &[&str], environment: &[(&str, &str)]) -> Self {
        for _ in 0..5 {
            let port = free_port();
            let mut server = command();
            server.arg(command_name).args(["--port", &port.to_string()]).args(flags);
            let (child, log) = Stderr::of(server.envs(environment.iter().copied()).stdin(Stdio::null()));
            let mut serving = Self { child, port, log };
            let serves = within_patience(|| {
                let said = serving.log().contains("serving MCP at");
                if said { Some(true) } else { serving.child.try_wait().unwrap().map(|_| false) }
            });
            if serves.unwrap_or_else(|| panic!("it does not start: {}", serving.log())) {
                return serving;
            }
            serving.log.ends();
            assert!(serving.log().contains("cannot listen"), "{}", serving.log());
        }
        panic!("no free port");
    }

    /// What it has said by now: all of it after `wait`; what else is expected there takes `says`.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Waits until it has said a text.
    pub fn says(&self, text: &str) {
        self.log.says(text);
    }

    pub fn connect(&self) -> Connection {
        Connection::to(self.port)
    }

    /// One request over its own connection.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.connect().send(method, path, headers, body)
    }

    /// A message to /mcp, as a client of the sessions' era sends it.
    pub fn post(&self, headers: &[(&str, &str)], message: &Value) -> Answer {
        self.connect().post(headers, message)
    }

    /// `initialize`, and the session's id if there is one.
    pub fn initialize(&self, version: &str) -> (Value, Option<String>) {
        let answer = self.post(&[], &initialize(version));
        assert_eq!(answer.status, 200, "{}", answer.body);
        (answer.message(), answer.header("mcp-session-id").map(str::to_owned))
    }

    pub fn session(&self) -> String {
        self.initialize("2025-11-25").1.unwrap()
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        let sent = std::process::Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    pub fn wait(&mut self) -> ExitStatus {
        let status = within_patience(|| self.child.try_wait().unwrap());
        let status = status.unwrap_or_else(|| panic!("the process does not end: {}", self.log()));
        self.log.ends();
        status
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection that is kept alive.
pub struct Connection {
    pub stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Connection {
    pub fn to(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let reader = BufReader::new(stream.try_clone().unwrap());
        Self { stream, reader }
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Sends a request without waiting for its answer. `Host` and the content's length are added where a test is
    /// silent about them.
    pub fn begin(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) {
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head += "host: 127.0.0.1\r\n";
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if method == "POST" && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding")) {
            head += &format!("content-length: {}\r\n", body.len());
        }
        self.write(format!("{head}\r\n{body}").as_bytes());
    }

    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.begin(method, path, headers, body);
        self.answer()
    }

    pub fn post(&mut self, headers: &[(&str, &str)], message: &Value) -> Answer {
        let mut all = vec![("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
        all.retain(|(name, _)| !headers.iter().any(|(given, _)| given == name));
        all.extend(headers);
        self.send("POST", "/mcp", &all, &message.to_string())
    }

    /// Status and headers of the next answer.
    pub fn head(&mut self) -> Answer {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {line:?}")).parse().unwrap();
        let mut headers = vec![];
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).unwrap();
            match line.trim_end().split_once(": ") {
                Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
                None => return Answer { status, headers, body: String::new() },
            }
        }
    }

    /// The next answer with its whole body.
    pub fn answer(&mut self) -> Answer {
        let mut answer = self.head();
        let mut body = vec![];
        if answer.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk() {
                body.extend(chunk);
            }
        } else {
            body.resize(answer.header("content-length").map_or(0, |length| length.parse().unwrap()), 0);
            self.reader.read_exact(&mut body).unwrap();
        }
        answer.body = String::from_utf8(body).unwrap();
        answer
    }

    /// The next piece of a chunked body.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let mut line = String::new();
        self.reader.read_line(&mut line).ok()?;
        let length = usize::from_str_radix(line.trim(), 16).ok()?;
        let mut chunk = vec![0; length + 2];
        self.reader.read_exact(&mut chunk).ok()?;
        chunk.truncate(length);
        (length > 0).then_some(chunk)
    }

    /// The next event of a stream that stays open: its type and its data.
    pub fn event(&mut self) -> Option<(String, String)> {
        loop {
            let text = String::from_utf8(self.chunk()?).unwrap();
            let field =
                |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
            if let Some(data) = field("data:").filter(|data| !data.is_empty()) {
                return Some((field("event:").unwrap_or_default(), data));
            }
        }
    }

    /// Whether the server closes the connection; what it still sends is thrown away.
    pub fn is_closed(&mut self) -> bool {
        self.reader.read_to_end(&mut vec![]).is_ok()
    }
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All JSON-RPC messages, of a JSON body or of events.
    pub fn messages(&self) -> Vec<Value> {
        if self.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
            let data = self.body.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
            return data.filter(|data| !data.is_empty()).map(|data| serde_json::from_str(data).unwrap()).collect();
        }
        vec![serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.body))]
    }

    /// The last one: the answer itself.
    pub fn message(&self) -> Value {
        self.messages().pop().unwrap_or_else(|| panic!("no message: {self:?}"))
    }

    /// Code of the JSON-RPC error.
    pub fn code(&self) -> i64 {
        self.message()["error"]["code"].as_i64().unwrap_or_else(|| panic!("no error: {self:?}"))
    }

    /// Message of the JSON-RPC error.
    pub fn error(&self) -> String {
        self.message()["error"]["message"].as_str().unwrap_or_else(|| panic!("no error: {self:?}")).to_owned()
    }
}

pub fn wait_for(what: &str, condition: impl Fn() -> bool) {
    within_patience(|| condition().then_some(())).unwrap_or_else(|| panic!("it does not happen: {what}"));
}
