//! Limits where callers are authenticated: each of several tokens leaves room for the others, whatever Argo CD
//! credentials it shows, and sessions end with it.

use std::{fs, path::Path};

use argocd_mcp::{
    config::listen::Listen,
    transport::http::{
        asker::{Asker, identity},
        gates::inbound::Inbound,
    },
};
use serde_json::json;

use super::{
    client::{Connection, Serving, wait_for},
    messages::{call, initialize},
    upstream,
};

const JSON: (&str, &str) = ("content-type", "application/json");
const FIRST: (&str, &str) = ("authorization", "Bearer first-token-0123456789");
const SECOND: (&str, &str) = ("authorization", "Bearer second-token-0123456789");

fn serving(tokens: &Path, base_url: &str, flags: &[&str]) -> Serving {
    fs::write(tokens, "first-token-0123456789\nsecond-token-0123456789\n").unwrap();
    let flags = [&["--auth-token-file", tokens.to_str().unwrap()], flags].concat();
    Serving::http(&flags, &[("ARGOCD_BASE_URL", base_url), ("ARGOCD_API_TOKEN", "agent")])
}

fn begin(server: &Serving, headers: &[(&str, &str)]) -> String {
    let answer = server.post(headers, &initialize("2025-11-25"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.header("mcp-session-id").unwrap().to_owned()
}

/// A stream that has begun.
fn listen(server: &Serving, path: &str, headers: &[(&str, &str)]) -> Connection {
    let mut stream = server.connect();
    stream.begin("GET", path, headers, "");
    assert_eq!(stream.head().status, 200);
    assert!(stream.chunk().is_some());
    stream
}

fn ping(server: &Serving, caller: (&str, &str), session: &str) -> u16 {
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    server.post(&[caller, ("mcp-session-id", session)], &ping).status
}

#[test]
fn what_the_log_has_of_a_caller_is_not_enough_to_be_taken_for_one() {
    let caller = identity(None, Some(&"agent".into()));
    let asker = Asker { caller: caller.clone(), ..Asker::default() };
    assert_eq!((caller.len(), asker.shown()), (32, &caller[..12]));
    let anonymous = Asker { caller: identity(None, None), ..Asker::default() };
    assert_eq!(anonymous.shown(), "anonymous");
}

#[test]
fn one_of_several_tokens_leaves_room_whatever_argocd_credentials_it_shows() {
    let (folder, argocd) = (tempfile::tempdir().unwrap(), upstream::hanging());
    let flags = ["--stateless", "--max-concurrency", "3", "--max-caller-concurrency", "1"];
    let server = serving(&folder.path().join("tokens"), &argocd.url, &flags);
    let message = call(1, "list_applications", json!({}));
    let mut running = vec![];
    for (index, credential) in ["one", "two"].into_iter().enumerate() {
        let mut connection = server.connect();
        let headers = [FIRST, JSON, ("accept", "*/*"), ("x-argocd-api-token", credential)];
        connection.begin("POST", "/mcp", &headers, &message.to_string());
        wait_for("the call reaches Argo CD", || upstream::lists(&argocd) == index + 1);
        running.push(connection);
    }
    for credential in ["two", "three"] {
        assert_eq!(server.post(&[FIRST, ("x-argocd-api-token", credential)], &message).status, 429, "{credential}");
    }
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    assert_eq!(server.post(&[SECOND], &ping).status, 200);
}

#[test]
fn no_token_holds_all_sessions_whatever_streams_are_open() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--max-sessions", "3", "--legacy-sse"];
    let server = serving(&folder.path().join("tokens"), "http://127.0.0.1:1", &flags);
    let theirs: Vec<String> = ["one", "two", "three"]
        .iter()
        .map(|credential| begin(&server, &[FIRST, ("x-argocd-api-token", credential)]))
        .collect();
    let mut streams: Vec<Connection> =
        theirs.iter().map(|session| listen(&server, "/mcp", &[FIRST, ("mcp-session-id", session)])).collect();
    assert_eq!(ping(&server, FIRST, &theirs[0]), 200);
    assert_eq!(server.post(&[FIRST], &initialize("2025-11-25")).status, 503, "nobody else needs one");
    let mine = begin(&server, &[SECOND]);
    assert_eq!(
        [0, 1, 2].map(|index| ping(&server, FIRST, &theirs[index])),
        [200, 404, 200],
        "the longest without a request"
    );
    assert!(streams[1].chunk().is_none(), "its stream ends");
    assert_eq!(server.post(&[SECOND], &initialize("2025-11-25")).status, 503, "as many as another one");
    assert_eq!(ping(&server, SECOND, &mine), 200);

    let mut legacy: Vec<Connection> = (0..3).map(|_| listen(&server, "/sse", &[FIRST])).collect();
    let _mine = listen(&server, "/sse", &[SECOND]);
    assert!(legacy[0].chunk().is_none(), "the oldest ends");
    assert_eq!(server.send("GET", "/sse", &[SECOND], "").status, 503);
}

#[test]
fn no_token_holds_all_sessions_by_calls_that_run() {
    let (folder, argocd) = (tempfile::tempdir().unwrap(), upstream::hanging());
    let server = serving(&folder.path().join("tokens"), &argocd.url, &["--max-sessions", "2"]);
    let mut running = vec![];
    for index in 0..2 {
        let session = begin(&server, &[FIRST]);
        let mut connection = server.connect();
        let headers = [FIRST, JSON, ("accept", "*/*"), ("mcp-session-id", &session)];
        connection.begin("POST", "/mcp", &headers, &call(1, "list_applications", json!({})).to_string());
        wait_for("the call reaches Argo CD", || upstream::lists(&argocd) == index + 1);
        running.push(connection);
    }
    begin(&server, &[SECOND]);
    wait_for("the call of the older one is given up", || argocd.hung_up() == 1);
}

#[test]
fn sessions_and_streams_end_with_their_token() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    let server = serving(&tokens, "http://127.0.0.1:1", &["--legacy-sse"]);
    let (theirs, mine) = (begin(&server, &[FIRST]), begin(&server, &[SECOND]));
    let mut streams =
        [listen(&server, "/mcp", &[FIRST, ("mcp-session-id", &theirs)]), listen(&server, "/sse", &[FIRST])];
    let _mine = listen(&server, "/sse", &[SECOND]);
    fs::write(&tokens, "second-token-0123456789\n").unwrap();
    streams.iter_mut().for_each(|stream| assert!(stream.chunk().is_none()));
    assert_eq!((ping(&server, FIRST, &theirs), ping(&server, SECOND, &mine)), (401, 200));
    fs::write(&tokens, "first-token-0123456789\nsecond-token-0123456789\n").unwrap();
    wait_for("the token counts again", || ping(&server, FIRST, &theirs) != 401);
    assert_eq!(ping(&server, FIRST, &theirs), 404, "the session does not come again");
}

#[test]
fn a_token_file_that_was_broken_for_a_moment_is_read_when_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let (tokens, next) = (folder.path().join("tokens"), folder.path().join("next"));
    let server = serving(&tokens, "http://127.0.0.1:1", &[]);
    fs::write(&tokens, "short\n").unwrap();
    let changed = tokens.metadata().unwrap().modified().unwrap();
    let status = |caller| server.post(&[caller], &initialize("2025-11-25")).status;
    wait_for("the mistake is told", || {
        status(FIRST) == 200 && server.log().contains("the old caller tokens stay in force")
    });
    fs::write(&next, "second-token-0123456789\n").unwrap();
    fs::File::options().write(true).open(&next).unwrap().set_modified(changed).unwrap();
    fs::rename(&next, &tokens).unwrap();
    wait_for("it is read", || status(FIRST) == 401);
    assert_eq!(status(SECOND), 200);
    assert_eq!(server.log().matches("the old caller tokens stay in force").count(), 1);
}

#[test]
fn a_token_that_stands_twice_in_the_file_is_one() {
    #[derive(clap::Parser)]
    struct Flags {
        #[command(flatten)]
        listen: Listen,
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "first-token-0123456789\nfirst-token-0123456789\n").unwrap();
    let flags = ["http", "--auth-token-file", file.path().to_str().unwrap()];
    let inbound = Inbound::new(&<Flags as clap::Parser>::parse_from(flags).listen, None).unwrap();
    assert_eq!((inbound.hashes().len(), inbound.are_several()), (1, false));
}
