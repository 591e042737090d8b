//! What `install` takes over from flags and environment: all that the server would read, and one credential.

use std::fs;

use serde_json::{Value, json};

use crate::{
    install::{Home, json_of},
    stdio_client::{Client, run},
};

/// Variables that are set.
type Set<'a> = [(&'a str, &'a str)];

const BASE: (&str, &str) = ("ARGOCD_BASE_URL", "https://argocd.example.com");
const TOKEN: (&str, &str) = ("ARGOCD_API_TOKEN", "SECRET-token");
const SERVER: (&str, &str) = ("ARGOCD_SERVER", "argocd.example.com");
const AUTH: (&str, &str) = ("ARGOCD_AUTH_TOKEN", "SECRET-auth");
const USER: (&str, &str) = ("ARGOCD_USERNAME", "someone");
const PASSWORD: (&str, &str) = ("ARGOCD_PASSWORD", "SECRET-password");

fn printed(environment: &Set<'_>, flags: &[&str]) -> Value {
    let (code, stdout, stderr) = Home::new().install_with(&[&["cursor", "--print"], flags].concat(), environment);
    assert_eq!(code, 0, "{environment:?}: {stderr}");
    serde_json::from_str::<Value>(&stdout).unwrap()["mcpServers"]["argocd"].clone()
}

#[test]
fn one_credential_is_written_and_the_entry_starts() {
    let cases: [(&Set<'_>, &[&str]); 6] = [
        (&[BASE, TOKEN, SERVER], &["ARGOCD_BASE_URL", "ARGOCD_API_TOKEN"]),
        (&[BASE, USER, PASSWORD], &["ARGOCD_BASE_URL", "ARGOCD_USERNAME", "ARGOCD_PASSWORD"]),
        (&[SERVER, AUTH], &["ARGOCD_SERVER", "ARGOCD_AUTH_TOKEN"]),
        (&[BASE, SERVER, AUTH], &["ARGOCD_BASE_URL", "ARGOCD_SERVER", "ARGOCD_AUTH_TOKEN"]),
        (&[BASE, SERVER, USER, PASSWORD], &["ARGOCD_BASE_URL", "ARGOCD_USERNAME", "ARGOCD_PASSWORD"]),
        (&[BASE, TOKEN, AUTH], &["ARGOCD_BASE_URL", "ARGOCD_API_TOKEN"]),
    ];
    for (environment, written) in cases {
        let entry = printed(environment, &["--with-token"]);
        let env = entry["env"].as_object().unwrap();
        assert_eq!(env.keys().map(String::as_str).collect::<Vec<_>>(), written, "{environment:?}");
        let env: Vec<_> = env.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
        let mut client = Client::start(&env);
        client.initialize("2025-11-25");
    }
}

#[test]
fn two_credentials_are_named_as_the_server_names_them() {
    for (environment, named) in [
        (
            &[BASE, TOKEN, USER, PASSWORD] as &[(&str, &str)],
            "ARGOCD_API_TOKEN and ARGOCD_USERNAME with ARGOCD_PASSWORD",
        ),
        (&[BASE, TOKEN, SERVER, AUTH], "ARGOCD_API_TOKEN and ARGOCD_SERVER with ARGOCD_AUTH_TOKEN"),
        (&[BASE, TOKEN, ("ARGOCD_AUTH_METHOD", "sso")], "ARGOCD_API_TOKEN and --sso"),
    ] {
        let home = Home::new();
        let (code, stdout, stderr) = home.install_with(&["cursor", "--with-token"], environment);
        assert_eq!((code, stdout.as_str()), (64, ""), "{stderr}");
        assert!(stderr.contains(named) && !stderr.contains("SECRET"), "{stderr}");
        assert!(!home.path(".cursor").exists());
        assert_eq!(run(&["tools"], environment).2, stderr);
    }
}

#[test]
fn what_never_starts_is_not_installed_and_what_is_missing_is_told() {
    let home = Home::new();
    let config = home.put(
        "argocd/config",
        "contexts: [{name: other, server: other.example.com, user: me}]\ncurrent-context: other\nservers: [{server: other.example.com}]\nusers: [{name: me, auth-token: x}]\n",
    );
    let folder = ("ARGOCD_CONFIG_DIR", config.parent().unwrap().to_str().unwrap());
    let (code, _, stderr) = home.install_with(&["cursor", "--use-argocd-config"], &[BASE, folder]);
    assert!(code == 64 && stderr.contains("name two instances"), "{stderr}");
    assert!(!home.path(".cursor").exists());
    assert_eq!(home.install_with(&["cursor", "--use-argocd-config"], &[folder]).0, 0);
    let (code, _, stderr) = home.install_with(&["gemini", "--token-file", "/nowhere/token"], &[BASE]);
    let told = "the entry will not start as it is: --token-file names /nowhere/token, which cannot be read";
    assert!(code == 0 && stderr.contains(told), "{stderr}");
    let (code, _, stderr) = home.install_with(&["gemini", "--name", "x", "--command", "/no/such thing"], &[BASE]);
    assert!(code == 0 && stderr.contains("--command names /no/such thing, which is no file"), "{stderr}");
    let (code, _, stderr) = home.install_with(&["gemini", "--name", "z", "--command", "npx thing"], &[BASE]);
    assert!(code == 0 && stderr.contains("--command is one program without arguments, not npx thing"), "{stderr}");
    assert_eq!(home.install_with(&["gemini", "--name", "y", "--command", " "], &[BASE]).0, 64);
    // The log filter is for the log.
    let quiet = ["gemini", "--name", "q", "--token-file", "/nowhere/token", "--log-level", "off"];
    let (_, _, stderr) = home.install_with(&quiet, &[BASE]);
    assert!(stderr.contains(told), "{stderr}");
    let other = ["gemini", "--name", "o", "--base-url", "https://other.example.com", "--log-level", "off"];
    let (_, _, stderr) = home.install_with(&other, &[BASE, ("ARGOCD_API_TOKEN", "t")]);
    assert!(stderr.starts_with("the entry has no credential for https://other.example.com: give its"), "{stderr}");
    assert!(!home.install_with(&[&other[..], &["--sso"]].concat(), &[BASE]).2.contains("credential"));
    let file = home.path("new/folder/mcp.json");
    let (_, stdout, _) = home.install(&["cursor", "--file", file.to_str().unwrap()]);
    assert!(stdout.contains("its folder was not there and was made\n"), "{stdout}");
    // A token that is still to be filled in is no reason for it.
    assert_eq!(home.install_with(&["windsurf"], &[BASE, ("ARGOCD_API_TOKEN", "${env:X}")]).2, "");
}

#[test]
fn what_else_was_set_is_taken_over() {
    let here = std::env::current_dir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let audit = folder.path().join("audit.jsonl");
    let entry = printed(
        &[BASE, TOKEN, ("HTTPS_PROXY", "http://proxy:3128"), ("no_proxy", ".local"), ("ARGOCD_MCP_LOG_FORMAT", "json")],
        &["--audit-log", audit.to_str().unwrap(), "--log-level", "debug"],
    );
    assert_eq!(entry["args"], json!(["stdio", "--log-level", "debug", "--log-format", "json", "--audit-log", audit]));
    assert_eq!(
        (&entry["env"]["HTTPS_PROXY"], &entry["env"]["no_proxy"]),
        (&json!("http://proxy:3128"), &json!(".local"))
    );

    let proxies = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    for name in proxies {
        assert_eq!(printed(&[BASE, (name, "http://proxy:3128")], &[])["env"][name], "http://proxy:3128");
        // A proxy's password is a secret like others.
        let environment = [BASE, (name, "http://me:SECRET@proxy:3128")];
        assert_eq!(printed(&environment, &[])["env"][name], format!("${{env:{name}}}"));
        assert_eq!(printed(&environment, &["--with-token"])["env"][name], "http://me:SECRET@proxy:3128");
    }

    let entry = printed(&[BASE, ("XDG_CONFIG_HOME", "settings")], &["--sso", "--no-sso-launch-browser"]);
    assert_eq!(entry["args"], json!(["stdio", "--no-sso-launch-browser"]));
    assert_eq!(entry["env"]["XDG_CONFIG_HOME"], json!(here.join("settings")));
    let folders = [("ARGOCD_CONFIG_DIR", "/home/me/argocd"), ("XDG_CONFIG_HOME", "/home/me/settings")];
    let entry = printed(&folders, &["--use-argocd-config"]);
    assert!(folders.iter().all(|(name, value)| entry["env"][name] == *value), "{entry}");
    let entry = printed(&[BASE, TOKEN, folders[0], folders[1]], &[]);
    assert_eq!(entry["env"].as_object().unwrap().len(), 2, "{entry}");
}

#[test]
fn the_first_copy_stays_whatever_is_replaced_later() {
    let home = Home::new();
    let own = home.put(".cursor/mcp.json", "{\"mcpServers\": {\"argocd\": {\"command\": \"mine\"}}}");
    let before = fs::read_to_string(&own).unwrap();
    for (flags, copy) in [(&["--read-only"] as &[&str], ""), (&[], ".2"), (&["--read-only"], ".3")] {
        let (code, stdout, _) = home.install(&[&["cursor", "--replace"], flags].concat());
        let copy = format!("mcp.json.before-argocd-mcp{copy}");
        assert!(
            code == 0 && stdout.contains(&format!("{copy}\n")) && home.path(".cursor").join(copy).exists(),
            "{stdout}"
        );
    }
    assert_eq!(fs::read_to_string(home.path(".cursor/mcp.json.before-argocd-mcp")).unwrap(), before);
    assert_eq!(json_of(&own)["mcpServers"]["argocd"]["env"]["MCP_READ_ONLY"], "true");
}

#[test]
fn a_file_that_cannot_be_written_leaves_the_lines_to_paste() {
    let home = Home::new();
    // Nobody, root included, makes a folder there.
    let link = home.path("mcp.json");
    std::os::unix::fs::symlink("gone/mcp.json", &link).unwrap();
    std::os::unix::fs::symlink("/proc/gone", home.path("gone")).unwrap();
    let (code, stdout, stderr) = home.install(&["cursor", "--file", link.to_str().unwrap()]);
    assert!(code == 1 && stderr.contains("cannot be written") && stderr.contains("by hand"), "{stdout}{stderr}");
    assert!(serde_json::from_str::<Value>(&stdout).unwrap()["mcpServers"]["argocd"].is_object(), "{stdout}");
}

#[test]
fn a_link_to_a_file_that_is_not_there_yet_stays_a_link() {
    let home = Home::new();
    fs::create_dir(home.path(".cursor")).unwrap();
    let (link, file) = (home.path(".cursor/mcp.json"), home.path("dotfiles/mcp.json"));
    std::os::unix::fs::symlink("../dotfiles/mcp.json", &link).unwrap();
    let (code, _, stderr) = home.install(&["cursor"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(json_of(&file)["mcpServers"]["argocd"].is_object());
}

#[test]
fn claude_code_keeps_its_settings_where_it_was_told_to() {
    let home = Home::new();
    let folder = home.path("claude");
    let (code, _, stderr) =
        home.install_with(&["claude-code"], &[BASE, ("CLAUDE_CONFIG_DIR", folder.to_str().unwrap())]);
    assert_eq!(code, 0, "{stderr}");
    assert!(json_of(&folder.join(".claude.json"))["mcpServers"]["argocd"].is_object());
    assert!(!home.path(".claude.json").exists());
}

#[cfg(unix)]
#[test]
fn settings_stay_with_their_owner() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let home = Home::new();
    let settings = home.put("mcp.json", "{}");
    // Only root may give files away; without that there is nothing to keep.
    let owner =
        if chown(&settings, Some(65534), Some(65534)).is_ok() { 65534 } else { settings.metadata().unwrap().uid() };
    for with_token in [&[] as &[&str], &["--with-token", "--replace"]] {
        let arguments = [&["cursor", "--file", settings.to_str().unwrap()], with_token].concat();
        let (code, _, stderr) = home.install_with(&arguments, &[BASE, TOKEN]);
        assert_eq!(code, 0, "{stderr}");
        assert_eq!(settings.metadata().unwrap().uid(), owner);
        assert_eq!(settings.with_file_name("mcp.json.before-argocd-mcp").metadata().unwrap().uid(), owner);
    }
    assert_eq!(settings.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}
