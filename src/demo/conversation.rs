//! A short conversation with this very program over its pipes, as a client would hold it, for a person to read.

use std::{
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    gather::Gather,
    json::{list, text},
};

/// An application gets well in this time, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client of `argocd-mcp stdio --demo`.
struct Client {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    id: u32,
}

/// The server this process is the client of.
fn server(program: &Path) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(["--demo", "--log-level", "off", "stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    // What is set for a real Argo CD is no business of the demo. Windows opens no socket without its root.
    command.env_clear();
    if cfg!(windows) {
        command.envs(std::env::var_os("SystemRoot").map(|root| ("SystemRoot", root)));
    }
    command.spawn()
}

/// Says a part of the conversation.
pub type Tell = fn(&str) -> io::Result<()>;

/// Holds a conversation with a server that it starts, and tells it as it goes. Ctrl-C ends the process; the server ends
/// with it, as its input does.
///
/// # Errors
/// The server cannot be started, ended, or did not answer as it should.
#[expect(clippy::disallowed_methods, reason = "who would return an exit code waits for an answer of the server")]
pub fn hold(program: &Path, tell: Tell) -> io::Result<()> {
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            let _ = tell("\n");
            std::process::exit(0);
        }
    });
    let mut server = server(program)?;
    let held = talk(&mut server, &program.display().to_string(), tell);
    // It has nothing to finish: what it knew goes with it.
    let _ = server.kill();
    let _ = server.wait();
    held
}

fn talk(server: &mut Child, program: &str, tell: Tell) -> io::Result<()> {
    let (Some(input), Some(output)) = (server.stdin.take(), server.stdout.take()) else {
        return Err(io::Error::other("the server has no pipes"));
    };
    let mut client = Client { input, output: BufReader::new(output), id: 0 };
    tell(
        "A client starts `argocd-mcp stdio --demo` and talks to it, as an IDE would. The Argo CD in it is made up.\n\n",
    )?;
    let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "make-demo", "version": "1" } });
    let hello = client.ask("initialize", &hello)?;
    client.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
    tell(&format!("> initialize\n{}, {}\n\n", text(&hello, "/serverInfo/name"), text(&hello, "/serverInfo/title")))?;
    let tools = client.ask("tools/list", &json!({}))?;
    let names: Vec<&str> = list(&tools, "/tools").iter().map(|tool| text(tool, "/name")).gather();
    tell(&format!("> tools/list\n{} tools: {}\n\n", names.len(), wrapped(&names)))?;
    let mut step = |question: &str, tool: &str, arguments: Value| -> io::Result<()> {
        tell(&format!("# {question}\n> {tool} {arguments}\n"))?;
        let answer = client.call(tool, &arguments)?;
        tell(&format!("{answer}\n\n"))
    };
    step(
        "Which applications are unwell?",
        "list_applications",
        json!({ "health": ["Degraded", "Missing", "Progressing"] }),
    )?;
    step("What is wrong with search?", "get_application_resource_tree", json!({ "applicationName": "search" }))?;
    step(
        "Would a sync help?",
        "get_application_managed_resources",
        json!({ "applicationName": "search", "kind": "Deployment", "name": "search" }),
    )?;
    step("It would: the tag is corrected in Git.", "sync_application", json!({ "applicationName": "search" }))?;
    tell("# And a few seconds later?\n> get_application {\"applicationName\":\"search\"}\n")?;
    let begun = Instant::now();
    let ask = |client: &mut Client| client.call("get_application", &json!({ "applicationName": "search" }));
    while !is_well(&ask(&mut client)?) {
        if begun.elapsed() > PATIENCE {
            return Err(io::Error::other("search does not get well"));
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    tell(&format!("{}\n\n", ask(&mut client)?))?;
    tell(&ending(program))
}

/// Whether an application is healthy and nothing goes on in it.
fn is_well(answer: &str) -> bool {
    let healthy = answer.lines().next().is_some_and(|line| line.contains("health Healthy"));
    healthy && answer.contains("last operation: Succeeded")
}

/// What to do next.
fn ending(program: &str) -> String {
    let config = json!({ "mcpServers": { "argocd-demo": { "command": program, "args": ["stdio", "--demo"] } } });
    format!(
        "payments crashes, orders cannot be synced, catalog drifted, ledger is frozen: ask why.\n\n\
         In an IDE, paste this into its MCP settings (VS Code says \"servers\" for \"mcpServers\"):\n\n{config:#}\n\n\
         By hand, the story from its beginning with each call:\n\n  \
         {program} --demo call get_application_workload_logs applicationName=payments resourceRef=Deployment/payments previous:=true\n"
    )
}

/// Names, a few to a line.
fn wrapped(names: &[&str]) -> String {
    let mut text = String::new();
    let mut width = 12;
    for (index, name) in names.iter().enumerate() {
        let separator = if index == 0 {
            ""
        } else if width + name.len() > 110 {
            ",\n"
        } else {
            ", "
        };
        width = if separator == ",\n" { name.len() } else { width + separator.len() + name.len() };
        text = text + separator + name;
    }
    text
}

impl Client {
    fn write(&mut self, message: &Value) -> io::Result<()> {
        writeln!(self.input, "{message}")
    }

    /// Sends a request and reads its result.
    fn ask(&mut self, method: &str, params: &Value) -> io::Result<Value> {
        self.id += 1;
        self.write(&json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params }))?;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line)? == 0 {
                return Err(io::Error::other("the server ended in the middle of the conversation"));
            }
            let answer: Value = line.parse().unwrap_or_default();
            if answer.get("id") == Some(&json!(self.id)) {
                let result = answer.get("result").cloned();
                return result.ok_or_else(|| io::Error::other(format!("{method} was answered {line}")));
            }
        }
    }

    /// The text a tool answers.
    fn call(&mut self, tool: &str, arguments: &Value) -> io::Result<String> {
        let result = self.ask("tools/call", &json!({ "name": tool, "arguments": arguments }))?;
        let answer = text(&result, "/content/0/text").to_owned();
        if result.get("isError") == Some(&Value::Bool(true)) { Err(io::Error::other(answer)) } else { Ok(answer) }
    }
}
