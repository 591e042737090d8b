//! Every command of the README is run: those of this program for real, those of others by stand-ins that insist on what
//! they are given; a target of make is run by a test or by .ci/run.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use regex::Regex;
use serde_json::{Value, json};

use crate::{
    http::{self, Server},
    http_server::client::free_port,
    recordings,
    security::is_test,
    snapshots::root,
    stdio_client::{command, run},
};

/// Targets of make that no test of this binary and no line of .ci/run runs by name.
const MAKE: &[(&str, &str)] = &[
    ("demo", "demo::conversation::the_readme_shows_what_the_two_commands_print"),
    ("spec", "readme::make_spec_writes_what_an_argo_cd_serves"),
];

/// Programs of others, as far as the README uses them. `docker run` starts the image's program with its variables.
const OTHERS: &[(&str, &str)] = &[
    (
        "kubectl",
        "case $* in *dry-run*) [ -s policy.agent.csv ] && echo 'data: {}' ;; *--patch-file*) [ -s rbac.yaml ] ;; *--from-file=token*) [ -s token ] && [ -s tokens ] ;; *' get secret argocd-secret '*'{.data.tls\\.crt}') echo Y2VydGlmaWNhdGU= ;; *' configmap argocd-ca --from-file=ca.crt') [ \"$(cat ca.crt)\" = certificate ] ;; *' configmap argocd-cm '*) [ \"$9\" = '{\"data\": {\"accounts.agent\": \"apiKey\"}}' ] ;; *' namespace '*) ;; *) exit 1 ;; esac",
    ),
    ("argocd", "[ \"$*\" = 'account generate-token --account agent' ] && echo agent"),
    ("openssl", "[ \"$*\" = 'rand -hex 32' ] && echo 0123456789abcdef0123456789abcdef"),
    (
        "docker",
        "shift; passed=; while :; do case $1 in -e) eval \"passed=\\\"$passed $2=\\${$2:?}\\\"\"; shift 2 ;; -p) shift 2 ;; *) break ;; esac; done; shift; exec env -i PATH=\"$PATH\" ARGOCD_MCP_PORT=$ARGOCD_MCP_PORT $passed argocd-mcp \"$@\"",
    ),
    (
        "helm",
        "[ -d \"$5\" ] || exit 1; real=$(PATH=$REAL_PATH command -v helm) || exit 0; shift 3; [ \"$1\" = argocd-mcp ] && exec \"$real\" template --kube-version 1.30.0 \"$@\"",
    ),
];

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// Blocks of one language, without the comments behind commands, lines that go on joined.
fn blocks(language: &str) -> Vec<String> {
    let fence = Regex::new(&format!("(?ms)^```{language}\n(.*?)^```$")).unwrap();
    let comment = Regex::new(r"(?m)\s+# .*$").unwrap();
    let text = readme();
    fence
        .captures_iter(&text)
        .map(|found| comment.replace_all(&found[1].replace("\\\n", " "), "").into_owned())
        .collect()
}

#[test]
fn every_target_of_make_is_run_somewhere() {
    let (makefile, ci) = (root().join("Makefile"), root().join(".ci/run"));
    let (makefile, ci) = (fs::read_to_string(makefile).unwrap(), fs::read_to_string(ci).unwrap());
    let ci: Vec<&str> =
        ci.lines().filter_map(|line| line.trim().strip_prefix("make ")).flat_map(|line| line.split(' ')).collect();
    let of_make = Regex::new(r"(?m)(?:^|`)make ((?:[a-z-]+ ?)+)").unwrap();
    let mut targets = 0;
    for found in of_make.captures_iter(&readme()) {
        for target in found[1].split_whitespace() {
            targets += 1;
            assert!(makefile.contains(&format!("\n.PHONY: {target}\n")), "there is no `make {target}`");
            let tested = MAKE.iter().any(|(name, test)| *name == target && is_test(test));
            assert!(tested || ci.contains(&target) || target == "docs", "nothing runs `make {target}`");
        }
    }
    assert!(targets > 10, "{targets}");
}

/// One that an account may do everything in.
fn argo_cd() -> Server {
    let recorded = |name: &str| recordings::load(&format!("v3.5.1/{name}")).response.json.unwrap();
    let (user, applications) = (recorded("session.userinfo.agent"), recorded("applications.list"));
    Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        "/api/v1/session/userinfo" => http::json(200, &user),
        "/api/v1/applications" => http::json(200, &applications),
        _ => http::json(200, &json!({ "value": "yes" })),
    })
}

/// The line of the README, in a folder of its own: the recipe is the Makefile's, the swagger one with prose.
#[test]
fn make_spec_writes_what_an_argo_cd_serves() {
    let vendored = fs::read_to_string(root().join("openapi/argocd.json")).unwrap();
    let mut swagger: Value = serde_json::from_str(&vendored).unwrap();
    let release = swagger["info"]["version"].clone();
    assert!(release.is_string(), "{release}");
    for operation in swagger["paths"].as_object_mut().unwrap().values_mut().flat_map(|path| path.as_object_mut()) {
        operation.values_mut().for_each(|method| method["description"] = json!("Prose."));
    }
    let argo_cd = Server::start(move |request| match request.path() {
        "/swagger.json" => http::json(200, &swagger),
        _ => http::json(200, &json!({ "Version": release })),
    });
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("openapi")).unwrap();
    let cargo = directory.path().join("cargo");
    let manifest = root().join("Cargo.toml");
    let text = format!(
        "#!/bin/sh\nrun=$1; shift; exec '{}' $run --manifest-path '{}' \"$@\"\n",
        std::env::var("CARGO").unwrap(),
        manifest.display()
    );
    fs::write(&cargo, text).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();

    let line = blocks("sh").concat().lines().find(|line| line.starts_with("make spec ")).unwrap().to_owned();
    let line = line.replace("https://argocd.example.com", &argo_cd.url);
    let mut make = Command::new("make");
    make.args(line.split(' ').skip(1)).arg("-f").arg(root().join("Makefile"));
    make.arg(format!("CARGO={}", cargo.display())).current_dir(directory.path());
    // What cargo tells a test about its package would make it build everything again.
    for (name, _) in std::env::vars() {
        let own = name.starts_with("CARGO_") && !["CARGO_HOME", "CARGO_TARGET_DIR"].contains(&name.as_str());
        if own || ["LD_LIBRARY_PATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"].contains(&name.as_str()) {
            make.env_remove(name);
        }
    }
    let output = make.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(fs::read_to_string(directory.path().join("openapi/argocd.json")).unwrap() == vendored, "{output:?}");
}

/// A server is asked whether it is well, and ended.
fn served(line: &str) -> String {
    format!(
        "{line} & server=$!\nuntil argocd-mcp healthcheck 2>/dev/null; do kill -0 $server; sleep 0.05; done\nkill $server; wait $server\n"
    )
}

#[test]
fn every_other_command_is_run_here() {
    let argo_cd = argo_cd();
    let directory = tempfile::tempdir().unwrap();
    let (bin, work) = (directory.path().join("bin"), directory.path().join("work"));
    fs::create_dir_all(&bin).unwrap();
    fs::create_dir_all(&work).unwrap();
    let executable = |name: &str, text: &str| {
        fs::write(bin.join(name), format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    };
    for (name, text) in OTHERS {
        executable(name, text);
    }
    std::os::unix::fs::symlink(command().get_program(), bin.join("argocd-mcp")).unwrap();
    std::os::unix::fs::symlink(root().join("packaging"), work.join("packaging")).unwrap();

    let port = free_port();
    let mut script = "set -eu\n".to_owned();
    let mut lines = 0;
    for line in blocks("sh").iter().flat_map(|block| block.lines()).filter(|line| !line.starts_with("make ")) {
        lines += 1;
        // Tests listen on this machine alone; that other addresses need a token has tests of its own.
        let line = line
            .replace("https://argocd.example.com", &argo_cd.url)
            .replace("0.0.0.0", "127.0.0.1")
            .replace("--ops-address 127.0.0.1:9090", "--ops-address 127.0.0.1:0");
        script += &format!("echo '+ {}'\n", line.replace('\'', ""));
        let serves = line.contains("argocd-mcp http") || line.contains("docker run");
        script += &if serves { served(&line) } else { format!("{line}\n") };
    }
    assert!(lines > 20, "{lines}");
    let real_path = std::env::var("PATH").unwrap();
    let output = Command::new("sh")
        .arg("-c")
        .arg(script)
        .current_dir(&work)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .env("REAL_PATH", real_path)
        .env("HOME", directory.path())
        .env("ARGOCD_MCP_PORT", port.to_string())
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert!(Path::new(&directory.path().join(".cursor/mcp.json")).exists());
    assert!(work.join(".vscode/mcp.json").exists());
    let policy = fs::read_to_string(work.join("policy.agent.csv")).unwrap();
    assert!(policy.contains("g, agent, role:mcp-agent\n") && !policy.contains("ACCOUNT"), "{policy}");
}

#[test]
fn commands_in_the_text_exist() {
    let said = Regex::new(r"`argocd-mcp((?:\s+[a-z-]+)+)").unwrap();
    let mut commands: Vec<String> =
        said.captures_iter(&readme()).map(|found| found[1].split_whitespace().next().unwrap().to_owned()).collect();
    commands.sort();
    commands.dedup();
    assert!(commands.len() > 4, "{commands:?}");
    for name in commands.iter().filter(|name| !name.starts_with('-')) {
        assert_eq!(run(&[name, "--help"], &[]).0, 0, "argocd-mcp {name}");
    }
}

#[test]
fn what_is_shown_is_what_is_answered() {
    let argo_cd = crate::replay::Replay::all("v3.5.1");
    let shown = blocks("text").into_iter().find(|block| block.starts_with("$ argocd-mcp call ")).unwrap();
    let (asked, answer) = shown.split_once('\n').unwrap();
    let arguments: Vec<_> = asked.split(' ').skip(2).collect();
    let (code, stdout, stderr) = run(&arguments, &[("ARGOCD_BASE_URL", argo_cd.url()), ("ARGOCD_API_TOKEN", "agent")]);
    assert_eq!((code, stdout.as_str()), (0, answer), "{stderr}");
}

#[test]
fn its_json_is_json() {
    let blocks = blocks("json");
    assert!(blocks.len() > 1);
    for block in blocks {
        serde_json::from_str::<Value>(&block).unwrap_or_else(|error| panic!("{error}: {block}"));
    }
}

#[test]
fn who_comes_from_mcp_for_argocd_is_told_of_the_image() {
    let readme = readme();
    let (_, migration) = readme.split_once("## Coming from mcp-for-argocd").unwrap();
    assert!(migration.contains("MCP_AUTH_TOKEN") && migration.contains("--allow-unauthenticated"));
}
