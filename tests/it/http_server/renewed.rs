//! Files that are read again: whatever tells that they are others, and what is no file any more.

use std::{fs, path::Path, process::Command};

use super::{
    client::{Serving, wait_for},
    messages::initialize,
    wire::{ask, issue},
};
use crate::stdio_client::run;

/// Another text at the same time, and as long.
fn replace(path: &Path, text: &str) {
    let time = path.metadata().unwrap().modified().unwrap();
    fs::write(path, text).unwrap();
    fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn a_token_file_of_the_same_time_is_another_one() {
    let (server, folder) = Serving::with_callers("http", "http://127.0.0.1:1");
    let path = folder.path().join("tokens");
    let status =
        |token: &str| server.post(&[("authorization", &format!("Bearer {token}"))], &initialize("2025-11-25")).status;
    replace(&path, "third-token-0123456789\nfourth-token-0123456789\n");
    wait_for("the new token counts", || status("third-token-0123456789") == 200);
    assert_eq!(status("first-token-0123456789"), 401);
}

#[test]
fn a_token_file_that_becomes_a_pipe_holds_nobody_up() {
    let (server, folder) = Serving::with_callers("http", "http://127.0.0.1:1");
    let path = folder.path().join("tokens");
    fs::remove_file(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let status =
        || server.post(&[("authorization", "Bearer first-token-0123456789")], &initialize("2025-11-25")).status;
    wait_for("it is told", || status() == 200 && server.log().contains("is no file any more"));
    fs::remove_file(&path).unwrap();
    // As Kubernetes mounts it.
    let there = folder.path().join("there");
    fs::write(&there, "second-token-0123456789\n").unwrap();
    std::os::unix::fs::symlink(&there, &path).unwrap();
    wait_for("it is read", || status() == 401);
}

#[test]
fn a_key_may_be_renewed_before_or_after_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let first = issue(folder.path());
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let names = [certificate.to_str().unwrap(), key.to_str().unwrap()];
    let flags = ["--tls-cert", names[0], "--tls-key", names[1]];
    let server = Serving::of("http://127.0.0.1:1", &flags);
    let next = tempfile::tempdir().unwrap();
    for order in [["cert.pem", "key.pem"], ["key.pem", "cert.pem"]] {
        let told = || server.log().matches("the old certificate stays in use").count();
        let before = told();
        let second = issue(next.path());
        replace(&folder.path().join(order[0]), &fs::read_to_string(next.path().join(order[0])).unwrap());
        wait_for("the mistake is told", || ask(server.port, &second).is_err() && told() > before);
        let both = format!("the certificate `{}` (--tls-cert) and the key `{}` (--tls-key) do not", names[0], names[1]);
        assert!(server.log().contains(&both), "{}", server.log());
        let (code, _, stderr) = run(&[&["http"], &flags[..]].concat(), &[]);
        assert!(code == 64 && stderr.starts_with(&both), "{stderr}");
        replace(&folder.path().join(order[1]), &fs::read_to_string(next.path().join(order[1])).unwrap());
        wait_for("the new one is in use", || ask(server.port, &second).is_ok());
        assert_eq!(told(), before + 1, "once for each change");
    }
    assert!(ask(server.port, &first).is_err());
}
