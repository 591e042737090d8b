//! A stand-in for Argo CD that costs next to nothing.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

use serde_json::{Value, json};

/// A list of so many applications, each as large as a usual one.
pub(crate) fn applications(count: usize) -> String {
    let resources: Vec<Value> = (0..20).map(|n| json!({ "group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": format!("service-{n}"), "status": "Synced", "health": { "status": "Healthy" } })).collect();
    let item = |n: usize| {
        json!({
            "metadata": { "name": format!("application-{n}"), "namespace": "argocd", "uid": format!("{n:036}"), "labels": { "team": "shop" } },
            "spec": { "project": "default", "source": { "repoURL": "https://git.example.com/shop.git", "path": format!("apps/{n}"), "targetRevision": "main" }, "destination": { "server": "https://kubernetes.default.svc", "namespace": "shop" } },
            "status": { "sync": { "status": "Synced", "revision": format!("{n:040x}") }, "health": { "status": "Healthy" }, "resources": resources },
        })
    };
    json!({ "items": (0..count).map(item).collect::<Vec<_>>() }).to_string()
}

/// Answers everything with the same bytes.
pub(crate) fn serve(body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let body = body.clone();
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut stream = stream;
                loop {
                    let (mut line, mut path) = (String::new(), String::new());
                    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                        if path.is_empty() {
                            path.clone_from(&line);
                        }
                        line.clear();
                    }
                    if path.is_empty() {
                        return;
                    }
                    let body = if path.contains("/api/version") { "{\"Version\":\"v3.5.1\"}" } else { &body };
                    let head = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                        body.len()
                    );
                    if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).is_err() {
                        return;
                    }
                }
            });
        }
    });
    url
}
