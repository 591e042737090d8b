//! `install`: each IDE gets its entry; everything else in its settings, and every secret, stays where it is.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    replay::Replay,
    stdio_client::{Client, command, run},
};

const CLIENTS: [(&str, &str, &str); 6] = [
    ("cursor", ".cursor/mcp.json", "${env:ARGOCD_API_TOKEN}"),
    ("vscode", ".config/Code/User/mcp.json", "${input:argocd-api-token}"),
    ("claude-desktop", ".config/Claude/claude_desktop_config.json", "<the ARGOCD_API_TOKEN>"),
    ("claude-code", ".claude.json", "${ARGOCD_API_TOKEN}"),
    ("windsurf", ".codeium/windsurf/mcp_config.json", "${env:ARGOCD_API_TOKEN}"),
    ("gemini", ".gemini/settings.json", "${ARGOCD_API_TOKEN}"),
];

pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    pub fn put(&self, below: &str, text: &str) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// `argocd-mcp install …` for <https://argocd.example.com>, with a token in the environment.
    pub fn install(&self, arguments: &[&str]) -> (i32, String, String) {
        let of_one = [("ARGOCD_BASE_URL", "https://argocd.example.com"), ("ARGOCD_API_TOKEN", "SECRET-of-the-agent")];
        self.install_with(arguments, &of_one)
    }

    pub fn install_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String, String) {
        let home = self.0.path().to_str().unwrap();
        run(&[&["install"], arguments].concat(), &[environment, &[("HOME", home)]].concat())
    }
}

pub fn json_of(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Every file below, and what is in it.
fn files(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut found = vec![];
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.clone(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

#[test]
fn each_ide_gets_its_entry_and_no_token() {
    for (client, file, placeholder) in CLIENTS {
        let home = Home::new();
        let (code, stdout, stderr) = home.install(&[client, "--read-only"]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{client}");
        let path = home.path(file);
        let whole = json_of(&path);
        let key = if client == "vscode" { "servers" } else { "mcpServers" };
        let entry = &whole[key]["argocd"];
        let env = json!({
            "ARGOCD_BASE_URL": "https://argocd.example.com", "MCP_READ_ONLY": "true", "ARGOCD_API_TOKEN": placeholder
        });
        assert_eq!(entry["env"], env, "{client}");
        assert_eq!(entry["args"], json!(["stdio"]));
        assert!(Path::new(entry["command"].as_str().unwrap()).is_absolute());
        let inputs = json!([{ "id": "argocd-api-token", "type": "promptString", "description": "ARGOCD_API_TOKEN of `argocd`", "password": true }]);
        assert_eq!(whole["inputs"], if client == "vscode" { inputs } else { Value::Null });
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(stdout.contains("ARGOCD_API_TOKEN is not in it"), "{stdout}");
        let written = files(home.0.path());
        assert_eq!(written.len(), 1, "{client}: {written:?}");
        assert!(!stdout.contains("SECRET") && !written[0].1.contains("SECRET"), "{client}");
    }
}

#[test]
fn what_else_is_in_the_file_stays_byte_for_byte() {
    // Numbers no float holds, escapes, a servers object in the middle, tabs, and Windows' line ends.
    let before = "{\n\t\"theme\":   \"d\\u00e4rk\",\n\t\"id\": 12345678901234567890123,\n\t\"mcpServers\": {\n\t\t\"other\": {\"command\":\"x\",\"env\":{\"TOKEN\":\"theirs\"}}\n\t},\n\t\"last\": [1.0, 1e3]\n}\n";
    for before in [before.to_owned(), before.replace('\n', "\r\n")] {
        let home = Home::new();
        let path = home.put(".cursor/mcp.json", &before);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let (code, stdout, _) = home.install(&["cursor"]);
        assert_eq!(code, 0, "{stdout}");
        let after = fs::read_to_string(&path).unwrap();
        let entry = json_of(&path)["mcpServers"]["argocd"].clone();
        assert!(entry.is_object());
        // Taking the new member out again gives the old text.
        let begin = after.find(",\r\n\t\t\"argocd\"").or_else(|| after.find(",\n\t\t\"argocd\"")).unwrap();
        let old_tail = &before[begin..];
        assert_eq!(format!("{}{old_tail}", &after[..begin]), before);
        assert!(after.ends_with(old_tail));
        assert_eq!(after.contains("\r\n\t\t\t\"command\""), before.contains('\r'));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        let copy = home.path(".cursor/mcp.json.before-argocd-mcp");
        assert_eq!(fs::read_to_string(&copy).unwrap(), before);
        assert!(stdout.contains("mcp.json.before-argocd-mcp"));
        assert_eq!(files(home.0.path()).len(), 2);
    }
}

#[test]
fn other_shapes_of_a_file_get_the_entry_too() {
    for before in
        ["", "  \n", "{}", "{ }\n", "{\"mcpServers\":{}}", "{\"a\":1}", "{\"mcpServers\": {\"b\": 2}, \"c\": 3}"]
    {
        let home = Home::new();
        let path = home.put(".cursor/mcp.json", before);
        assert_eq!(home.install(&["cursor"]).0, 0, "{before}");
        let mut after = json_of(&path);
        assert!(after["mcpServers"].as_object_mut().unwrap().remove("argocd").is_some(), "{before}");
        let mut expected: Value = serde_json::from_str(before).unwrap_or(json!({}));
        expected.as_object_mut().unwrap().entry("mcpServers").or_insert(json!({}));
        assert_eq!(after, expected, "{before}");
    }
}

#[test]
fn what_is_not_plain_json_is_left_alone_and_the_lines_are_printed() {
    for (before, said) in [
        ("{\n  // mine\n  \"mcpServers\": {}\n}", "is not plain JSON"),
        ("{\"mcpServers\": {},}", "is not plain JSON"),
        ("\u{feff}{}", "is not plain JSON: it begins with a byte order mark"),
        ("[]", "is not plain JSON"),
        ("{\"a\": 1, \"a\": 2}", "`a` stands there twice"),
        ("{\"mcpServers\": []}", "has something unexpected at `mcpServers`"),
        ("{\"mcpServers\": null}", "has something unexpected at `mcpServers`"),
        ("{\"mcpServers\": {\"argocd\": {\"command\": \"mine\"}}}", "has a different `argocd` already"),
    ] {
        let home = Home::new();
        let path = home.put(".gemini/settings.json", before);
        let (code, stdout, stderr) = home.install(&["gemini"]);
        assert_eq!(code, 1, "{before}");
        assert!(stderr.contains(said) && stderr.contains("The file was left alone."), "{stderr}");
        let lines: Value = serde_json::from_str(&stdout).unwrap();
        assert!(lines["mcpServers"]["argocd"]["command"].is_string(), "{stdout}");
        assert_eq!(fs::read_to_string(&path).unwrap(), before);
        assert_eq!(files(home.0.path()).len(), 1);
    }
}

#[test]
fn twice_is_once_and_another_entry_is_replaced_on_request_only() {
    let home = Home::new();
    let path = home.path(".config/Code/User/mcp.json");
    assert_eq!(home.install(&["vscode"]).0, 0);
    let once = fs::read_to_string(&path).unwrap();
    let (code, stdout, _) = home.install(&["vscode"]);
    assert!(code == 0 && stdout.contains("nothing was changed"), "{stdout}");
    assert_eq!((fs::read_to_string(&path).unwrap(), files(home.0.path()).len()), (once.clone(), 1));

    let (code, _, stderr) = home.install(&["vscode", "--read-only"]);
    assert!(code == 1 && stderr.contains("--replace"), "{stderr}");
    assert_eq!(fs::read_to_string(&path).unwrap(), once);
    assert_eq!(home.install(&["vscode", "--read-only", "--replace"]).0, 0);
    assert_eq!(json_of(&path)["servers"]["argocd"]["env"]["MCP_READ_ONLY"], "true");
    assert_eq!(fs::read_to_string(home.path(".config/Code/User/mcp.json.before-argocd-mcp")).unwrap(), once);

    // With it the longest name of a tool is one of 64 characters.
    assert_eq!(home.install(&["vscode", "--print", "--name", &"n".repeat(24)]).0, 0);
    let (code, _, stderr) = home.install(&["vscode", "--print", "--name", &"n".repeat(25)]);
    assert!(code == 64 && stderr.contains("at most 24"), "{stderr}");

    // Another entry has its own question: the token of one is not for the other.
    assert_eq!(home.install(&["vscode", "--name", "lab"]).0, 0);
    let both = json_of(&path);
    assert_eq!(both["servers"]["lab"]["env"]["ARGOCD_API_TOKEN"], "${input:lab-argocd-api-token}");
    let ids: Vec<_> = both["inputs"].as_array().unwrap().iter().map(|input| input["id"].clone()).collect();
    assert_eq!(ids, ["argocd-api-token", "lab-argocd-api-token"]);
}

#[test]
fn secrets_are_written_only_with_the_flag() {
    let everything = [
        ("ARGOCD_BASE_URL", "https://argocd.example.com/argocd/"),
        ("ARGOCD_API_TOKEN", "SECRET-token"),
        ("ARGOCD_EXTRA_HEADERS", "X-Proxy: SECRET-header; X-More: SECRET-more"),
        ("ARGOCD_CA_FILE", "ca.pem"),
        ("ARGOCD_TOKEN_REGISTRY_PATH", "/etc/registry.json"),
        ("ARGOCD_MCP_TIMEOUT", "60"),
    ];
    let home = Home::new();
    let (code, stdout, stderr) = home.install_with(&["cursor", "--print"], &everything);
    assert_eq!(code, 0, "{stderr}");
    assert!(!stdout.contains("SECRET") && !stderr.contains("SECRET"), "{stdout}{stderr}");
    let env = serde_json::from_str::<Value>(&stdout).unwrap()["mcpServers"]["argocd"]["env"].clone();
    assert_eq!(env["ARGOCD_BASE_URL"], "https://argocd.example.com/argocd");
    assert_eq!(env["ARGOCD_CA_FILE"], json!(std::env::current_dir().unwrap().join("ca.pem")));
    assert_eq!(env["ARGOCD_MCP_TIMEOUT"], "60");

    let (_, stdout, _) = home.install_with(&["cursor", "--print", "--with-token"], &everything);
    let env = serde_json::from_str::<Value>(&stdout).unwrap()["mcpServers"]["argocd"]["env"].clone();
    assert_eq!(env["ARGOCD_API_TOKEN"], "SECRET-token");
    assert_eq!(env["ARGOCD_EXTRA_HEADERS"], "X-Proxy: SECRET-header\nX-More: SECRET-more");
    assert!(files(home.0.path()).is_empty(), "--print writes nothing");

    // A file of the token takes the place of the token.
    let file = ["cursor", "--print", "--with-token", "--token-file", "/run/token"];
    let without = [("ARGOCD_BASE_URL", "https://argocd.example.com")];
    let (_, stdout, _) = home.install_with(&file, &without);
    assert!(!stdout.contains("SECRET") && stdout.contains("\"ARGOCD_API_TOKEN_FILE\": \"/run/token\""), "{stdout}");
    // So does a person who signs in.
    for (flag, variable) in [("--sso", "ARGOCD_AUTH_METHOD"), ("--use-argocd-config", "ARGOCD_MCP_USE_ARGOCD_CONFIG")] {
        let (_, stdout, _) = home.install_with(&["cursor", "--print", flag], &without);
        assert!(stdout.contains(variable) && !stdout.contains("ARGOCD_API_TOKEN"), "{stdout}");
    }
    // A password in the address is refused, as everywhere.
    let (code, _, stderr) =
        home.install_with(&["cursor"], &[("ARGOCD_BASE_URL", "https://me:SECRET@argocd.example.com")]);
    assert!(code == 64 && !stderr.contains("SECRET"), "{stderr}");
    let (code, _, stderr) = home.install_with(&["cursor"], &[]);
    assert!(code == 64 && stderr.contains("no Argo CD is named"), "{stderr}");
}

#[test]
fn a_link_stays_a_link_and_a_project_file_can_be_named() {
    let home = Home::new();
    let real = home.put("dotfiles/mcp.json", "{}");
    fs::create_dir(home.path(".cursor")).unwrap();
    symlink(&real, home.path(".cursor/mcp.json")).unwrap();
    assert_eq!(home.install(&["cursor"]).0, 0);
    assert!(fs::symlink_metadata(home.path(".cursor/mcp.json")).unwrap().is_symlink());
    assert!(json_of(&real)["mcpServers"]["argocd"].is_object());

    let project = home.path("project/.vscode/mcp.json");
    assert_eq!(home.install(&["vscode", "--file", project.to_str().unwrap()]).0, 0);
    assert!(json_of(&project)["servers"]["argocd"].is_object());
}

#[test]
fn the_entry_starts_the_server() {
    let replay = Replay::of("v3.5.1", &["version", "applications.list"]);
    let home = Home::new();
    let of_one = [("ARGOCD_BASE_URL", replay.url()), ("ARGOCD_API_TOKEN", "agent")];
    assert_eq!(home.install_with(&["claude-code", "--with-token"], &of_one).0, 0);
    let entry = json_of(&home.path(".claude.json"))["mcpServers"]["argocd"].clone();
    assert_eq!((&entry["command"], &entry["args"]), (&json!(command().get_program().to_str()), &json!(["stdio"])));
    let env = entry["env"].as_object().unwrap().iter();
    let env: Vec<_> = env.map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    let mut client = Client::start(&env);
    client.initialize("2025-11-25");
    client.call(1, "list_applications", json!({}));
    assert_eq!(client.receive()["result"]["isError"], json!(false));
}

#[test]
fn a_placeholder_nobody_filled_in_is_named_and_goes_nowhere() {
    let server = crate::http::Server::answering(200, "application/json", "{}");
    for placeholder in ["${env:ARGOCD_API_TOKEN}", "${ARGOCD_API_TOKEN}", "$ARGOCD_API_TOKEN", "<the ARGOCD_API_TOKEN>"]
    {
        let (code, _, stderr) =
            run(&["call", "list_applications"], &[("ARGOCD_BASE_URL", &server.url), ("ARGOCD_API_TOKEN", placeholder)]);
        assert_eq!(code, 64, "{stderr}");
        assert!(stderr.contains("the token in ARGOCD_API_TOKEN is a placeholder"), "{stderr}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn what_came_by_npx_is_started_by_npx() {
    let built = command().get_program().to_owned();
    let directory = tempfile::tempdir_in(Path::new(&built).parent().unwrap()).unwrap();
    let npx = directory.path().join("_npx/0/node_modules/@argocd-mcp/linux-x64/bin");
    fs::create_dir_all(&npx).unwrap();
    fs::hard_link(&built, npx.join("argocd-mcp")).unwrap();
    let output = std::process::Command::new(npx.join("argocd-mcp"))
        .args(["install", "cursor", "--print"])
        .env_clear()
        .envs([("HOME", "/nowhere"), ("ARGOCD_BASE_URL", "https://argocd.example.com")])
        .output()
        .unwrap();
    let entry = serde_json::from_slice::<Value>(&output.stdout).unwrap()["mcpServers"]["argocd"].clone();
    assert_eq!((&entry["command"], &entry["args"]), (&json!("npx"), &json!(["-y", "@argocd-mcp/argocd-mcp", "stdio"])));
}
