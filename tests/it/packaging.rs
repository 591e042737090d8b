//! What is shipped besides the program: versions agree, nothing runs as root, and only what exists is set.

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    process::{Command, Output, Stdio},
};

use regex::Regex;
use serde_json::{Value, json};

use crate::{snapshots::root, stdio_client::command, stdio_client::run};

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn parsed(path: &str) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every name must be one of the generated reference.
fn known<'a>(origin: &str, names: impl Iterator<Item = &'a str>) {
    let reference = text("docs/configuration.md");
    let mut some = false;
    for name in names {
        assert!(reference.contains(&format!("| `{name}` |")), "{origin}: there is no variable {name}");
        some = true;
    }
    assert!(some, "{origin} sets nothing");
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// What stands there, and nothing that the schema does not know.
fn has(value: &Value, required: &[&str], optional: &[&str]) {
    for key in keys(value) {
        assert!(required.contains(&key) || optional.contains(&key), "unknown key `{key}` in {value}");
    }
    assert!(required.iter().all(|key| value.get(key).is_some()), "{required:?} in {value}");
}

#[test]
fn versions_agree() {
    let chart = text("packaging/helm/Chart.yaml");
    assert!(chart.contains(&format!("\nversion: {VERSION}\nappVersion: {VERSION}\n")), "{chart}");
    assert!(text("packaging/kubernetes.yaml").contains(&format!("image: argocd-mcp:{VERSION}\n")));
    let npm = parsed("packaging/npm/argocd-mcp/package.json");
    let server = parsed("server.json");
    let versions = [&npm["version"], &parsed("packaging/mcpb/manifest.json")["version"].clone(), &server["version"]];
    assert!(versions.iter().all(|version| **version == VERSION), "{versions:?}");
    assert!(npm["optionalDependencies"].as_object().unwrap().values().all(|version| version == VERSION));
    assert_eq!(server["packages"][0]["version"], VERSION);
}

#[test]
fn the_image_needs_caller_authentication() {
    let dockerfile = text("packaging/image/Dockerfile");
    let environment = dockerfile.lines().find_map(|line| line.strip_prefix("ENV ")).unwrap();
    let environment: Vec<_> = environment.split(' ').map(|pair| pair.split_once('=').unwrap()).collect();
    assert!(environment.contains(&("MCP_BIND_ADDRESS", "0.0.0.0")));
    // What people who come from mcp-for-argocd type: IMAGE http --stateless, with two variables.
    let seed = [("ARGOCD_BASE_URL", "https://argocd.example.com"), ("ARGOCD_API_TOKEN", "token")];
    let (code, _, stderr) = run(&["http", "--stateless"], &[&environment[..], &seed].concat());
    assert_eq!(code, 64, "{stderr}");
    assert!(stderr.contains("MCP_AUTH_TOKEN") && stderr.contains("--allow-unauthenticated"), "{stderr}");
}

#[test]
fn the_image_is_the_binary_and_nobody_is_root() {
    let dockerfile = text("packaging/image/Dockerfile");
    for line in ["FROM scratch", "USER 65532:65532", "ENTRYPOINT [\"argocd-mcp\"]"] {
        assert!(dockerfile.lines().any(|found| found == line), "{line}");
    }
    assert!(dockerfile.contains("CMD [\"argocd-mcp\", \"healthcheck\"]"));

    let directory = tempfile::tempdir().unwrap();
    let (binary, certificates) = (directory.path().join("binary"), directory.path().join("certificates"));
    fs::write(&binary, "static").unwrap();
    fs::write(&certificates, "PEM").unwrap();
    let lay_out = |binary: &Path| {
        let mut command = Command::new(root().join("packaging/image/root"));
        command.arg(binary).arg(directory.path().join("root")).env("CERTIFICATES", &certificates).output().unwrap()
    };
    let done = lay_out(&binary);
    assert!(done.status.success(), "{done:?}");
    let files = Command::new("find")
        .args([".", "-type", "f", "-printf", "%m %p\n"])
        .current_dir(directory.path().join("root"))
        .output()
        .unwrap();
    let found = String::from_utf8(files.stdout).unwrap();
    let mut found: Vec<&str> = found.lines().collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "644 ./etc/group",
            "644 ./etc/passwd",
            "644 ./etc/ssl/certs/ca-certificates.crt",
            "755 ./usr/local/bin/argocd-mcp"
        ]
    );
    let dynamic = lay_out(Path::new(command().get_program()));
    assert!(!dynamic.status.success() && String::from_utf8_lossy(&dynamic.stderr).contains("needs libraries"));
}

#[test]
fn the_manifest_is_restricted_and_sets_what_exists() {
    let variables = Regex::new(r"\{ name: ([A-Z][A-Z_]+), value: ").unwrap();
    for path in ["packaging/kubernetes.yaml", "packaging/helm/templates/deployment.yaml"] {
        let yaml = text(path);
        known(path, variables.captures_iter(&yaml).map(|found| found.get(1).unwrap().as_str()));
        for line in [
            "automountServiceAccountToken: false",
            "runAsNonRoot: true",
            "runAsUser: 65532",
            "allowPrivilegeEscalation: false",
            "readOnlyRootFilesystem: true",
            "capabilities: { drop: [ALL] }",
            "seccompProfile: { type: RuntimeDefault }",
            "httpGet: { path: /healthz, port: ops }",
            "httpGet: { path: /readyz, port: ops }",
            "args: [http]",
        ] {
            assert!(yaml.lines().any(|found| found.trim() == line), "{path} has no `{line}`");
        }
    }
    let manifest = text("packaging/kubernetes.yaml");
    // The pause, 25 seconds for calls in flight, and some more.
    assert!(manifest.contains("preStop: { sleep: { seconds: 5 } }") && manifest.contains("GracePeriodSeconds: 35\n"));
    assert!(manifest.contains("kind: NetworkPolicy") && manifest.contains("ARGOCD_MCP_AUTH_TOKEN_FILE"));
}

/// The fields of the schema of 2025-12-11, as far as they are used here.
#[test]
fn the_mcp_registry_would_take_server_json() {
    let server = parsed("server.json");
    has(&server, &["$schema", "name", "description", "version"], &["title", "packages"]);
    assert_eq!(server["$schema"], "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json");
    let name = Regex::new("^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$").unwrap();
    assert!(name.is_match(server["name"].as_str().unwrap()));
    assert!((1..=100).contains(&server["description"].as_str().unwrap().chars().count()));
    let npm = parsed("packaging/npm/argocd-mcp/package.json");
    for package in server["packages"].as_array().unwrap() {
        let optional = ["version", "runtimeHint", "packageArguments", "environmentVariables"];
        has(package, &["registryType", "identifier", "transport"], &optional);
        assert_eq!((&package["registryType"], &package["identifier"]), (&json!("npm"), &npm["name"]));
        assert_eq!(package["transport"], json!({ "type": "stdio" }));
        for argument in package["packageArguments"].as_array().unwrap() {
            has(argument, &["type", "value"], &[]);
            assert_eq!(argument["type"], "positional");
        }
        let variables = package["environmentVariables"].as_array().unwrap();
        for variable in variables {
            has(variable, &["name"], &["description", "placeholder", "isRequired", "isSecret", "format", "default"]);
            assert!(variable.get("format").is_none_or(|format| format == "filepath" || format == "boolean"));
        }
        known("server.json", variables.iter().map(|variable| variable["name"].as_str().unwrap()));
    }
    // What `install` writes for those who came by npx.
    assert!(text("src/install/entry.rs").contains(&format!("\"{}\"", npm["name"].as_str().unwrap())));
    // What shows the registry that the package is meant.
    assert_eq!(npm["mcpName"], server["name"]);
}

/// The fields of manifest version 0.3, as far as they are used here.
#[test]
fn the_bundle_starts_what_is_in_it() {
    let bundle = parsed("packaging/mcpb/manifest.json");
    let optional = ["display_name", "license", "keywords", "tools_generated", "compatibility", "user_config"];
    has(&bundle, &["manifest_version", "name", "version", "description", "author", "server"], &optional);
    assert_eq!(bundle["manifest_version"], "0.3");
    let server = &bundle["server"];
    has(server, &["type", "entry_point", "mcp_config"], &[]);
    has(&server["mcp_config"], &["command", "args", "env", "platform_overrides"], &[]);
    assert_eq!((&server["type"], &server["mcp_config"]["args"]), (&json!("binary"), &json!(["stdio"])));
    let env = &server["mcp_config"]["env"];
    known("manifest.json", keys(env).into_iter());
    for (variable, value) in env.as_object().unwrap() {
        let asked = value.as_str().unwrap().strip_prefix("${user_config.").unwrap().trim_end_matches('}');
        let asked = &bundle["user_config"][asked];
        has(asked, &["type", "title", "description"], &["required", "sensitive", "default"]);
        assert_eq!(asked["sensitive"] == true, variable == "ARGOCD_API_TOKEN", "{variable}");
    }
}

#[test]
fn the_release_is_pinned_and_signed() {
    let workflow = text("packaging/ci/release.yml");
    let others = text("packaging/ci/advisories.yml");
    let pinned = Regex::new("^[a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9.]+$").unwrap();
    let uses: Vec<_> =
        workflow.lines().chain(others.lines()).filter_map(|line| line.trim().strip_prefix("- uses: ")).collect();
    assert!(!uses.is_empty() && uses.iter().all(|action| pinned.is_match(action)), "{uses:?}");
    for part in
        ["permissions: {}", "cosign sign ", "cosign sign-blob ", "attest-build-provenance", "cyclonedx", "--sbom true"]
    {
        assert!(workflow.contains(part), "{part}");
    }
    for target in
        ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"]
    {
        assert!(workflow.contains(target), "{target}");
    }
}

fn wrapped(directory: &Path, arguments: &[&str], stdin: &str) -> Option<Output> {
    let wrapper = directory.join("node_modules/@argocd-mcp/argocd-mcp/bin/argocd-mcp.js");
    let node = Command::new("node")
        .arg(&wrapper)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut node) = node else {
        println!("skipped: there is no node");
        return None;
    };
    let (mut input, mut output) = (node.stdin.take().unwrap(), node.stdout.take().unwrap());
    input.write_all(stdin.as_bytes()).unwrap();
    drop(input);
    let mut stdout = vec![];
    output.read_to_end(&mut stdout).unwrap();
    Some(Output { stdout, ..node.wait_with_output().unwrap() })
}

#[test]
fn npm_runs_the_binary_of_the_platform() {
    let package = parsed("packaging/npm/argocd-mcp/package.json");
    has(
        &package,
        &["name", "version", "bin", "files", "optionalDependencies"],
        &["description", "license", "mcpName", "engines"],
    );
    let directory = tempfile::tempdir().unwrap();
    let scope = directory.path().join("node_modules/@argocd-mcp");
    fs::create_dir_all(scope.join("argocd-mcp/bin")).unwrap();
    let wrapper = "argocd-mcp/bin/argocd-mcp.js";
    fs::copy(root().join("packaging/npm").join(wrapper), scope.join(wrapper)).unwrap();
    let Some(missing) = wrapped(directory.path(), &["--version"], "") else { return };
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("--omit=optional"), "{missing:?}");

    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let platform = format!("{system}-{machine}");
    assert!(package["optionalDependencies"].get(format!("@argocd-mcp/{platform}")).is_some());
    fs::create_dir_all(scope.join(&platform).join("bin")).unwrap();
    std::os::unix::fs::symlink(command().get_program(), scope.join(&platform).join("bin/argocd-mcp")).unwrap();

    let version = wrapped(directory.path(), &["--version"], "").unwrap();
    assert!(String::from_utf8_lossy(&version.stdout).starts_with(&format!("argocd-mcp {VERSION} ")), "{version:?}");
    assert_eq!(wrapped(directory.path(), &["bogus"], "").unwrap().status.code(), Some(64));
    let hello = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": { "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } } });
    let spoken = wrapped(directory.path(), &["stdio"], &format!("{hello}\n")).unwrap();
    let answer: Value = serde_json::from_slice(&spoken.stdout).unwrap();
    assert_eq!((spoken.status.code(), &answer["result"]["serverInfo"]["name"]), (Some(0), &json!("argocd-mcp")));
}
