//! What a release makes beside the binary, and what ends it.

use std::{fs, process::Command};

use serde_json::Value;

use crate::{packaging::text, snapshots::root};

#[test]
fn npm_packages_name_the_repository_of_their_release() {
    let directory = tempfile::tempdir().unwrap();
    let binary = directory.path().join("binary");
    fs::write(&binary, "static").unwrap();
    let out = directory.path().join("out");
    let pack = Command::new(root().join("packaging/npm/pack"))
        .arg(format!("linux-x64={}", binary.display()))
        .env("OUT", &out)
        .env("REPOSITORY", "https://github.com/someone/argocd-mcp")
        .output();
    // Without node, or npm, there is nothing to make packages with.
    let Ok(pack) = pack else { return };
    let said = String::from_utf8_lossy(&pack.stderr).into_owned();
    if !pack.status.success() && (said.contains("node") && said.contains("No such file") || said.contains("npm ENOENT"))
    {
        return;
    }
    assert!(pack.status.success(), "{said}");
    for package in ["argocd-mcp", "linux-x64"] {
        let manifest: Value =
            serde_json::from_str(&fs::read_to_string(out.join(package).join("package.json")).unwrap()).unwrap();
        assert_eq!(manifest["repository"]["url"], "git+https://github.com/someone/argocd-mcp.git", "{package}");
        assert!(out.join(package).join("LICENSE").exists());
    }
    assert!(out.join("linux-x64/bin/argocd-mcp").exists() && out.join("argocd-mcp/bin/argocd-mcp.js").exists());
    assert!(
        text("packaging/ci/release.yml").contains("REPOSITORY: \"${{ github.server_url }}/${{ github.repository }}\"")
    );
}

#[test]
fn what_npm_packages_are_made_from_is_looked_at_before_anything_is_removed() {
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join("kept"), "").unwrap();
    let licence = root().join("LICENSE").display().to_string();
    for (arguments, problem) in [
        (vec![], "no binary is given"),
        (vec![licence.clone()], "is not PLATFORM=BINARY"),
        (vec![format!("{licence}=linux-x64")], "is no platform"),
        (vec!["linux-x64=/gone".to_owned()], "there is no binary /gone"),
        (vec![format!("linux-x64={licence}"); 2], "linux-x64 is given twice"),
    ] {
        let pack = Command::new(root().join("packaging/npm/pack")).args(&arguments).env("OUT", out.path()).output();
        let Ok(pack) = pack else { return };
        let said = String::from_utf8_lossy(&pack.stderr).into_owned();
        if pack.status.code() == Some(127) && said.contains("node") {
            println!("skipped: there is no node");
            return;
        }
        assert_eq!(pack.status.code(), Some(64), "{said}");
        assert!(said.contains(problem) && said.contains("usage: packaging/npm/pack PLATFORM=BINARY"), "{said}");
    }
    assert!(out.path().join("kept").exists());
}

#[test]
fn advisories_end_a_release_and_are_told_every_week() {
    let asks = "      - run: cargo deny check advisories\n";
    let (release, weekly) = (text("packaging/ci/release.yml"), text("packaging/ci/advisories.yml"));
    let (verify, _) = release.split_once("\n  build:\n    needs: verify\n").unwrap();
    assert!(verify.contains(asks) && weekly.contains(asks) && weekly.contains("  schedule: "), "{weekly}");
}
