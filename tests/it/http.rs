//! A scripted HTTP/1.1 server on 127.0.0.1: sees the request line as it came, answers byte by byte as told.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query, not decoded.
    pub target: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Request {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    /// Decoded query pairs in their order.
    pub fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    pub fn token(&self) -> &str {
        self.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or("none")
    }
}

/// One thing the server does with a connection.
#[derive(Clone, Debug)]
pub enum Step {
    Send(Vec<u8>),
    /// Until the client closes the connection.
    Hang,
    Close,
}

type Handler = dyn Fn(&Request) -> Vec<Step> + Send + Sync;

/// The server; its threads end with the process.
pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    closed: Arc<AtomicUsize>,
}

impl Server {
    pub fn start(handler: impl Fn(&Request) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (requests, closed, handler): (Arc<Mutex<Vec<Request>>>, Arc<AtomicUsize>, Arc<Handler>) =
            (Arc::default(), Arc::default(), Arc::new(handler));
        let (seen, hung_up) = (Arc::clone(&requests), Arc::clone(&closed));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (seen, hung_up, handler) = (Arc::clone(&seen), Arc::clone(&hung_up), Arc::clone(&handler));
                thread::spawn(move || serve(stream, &seen, &hung_up, &*handler));
            }
        });
        Self { url, requests, closed }
    }

    /// Always the same answer.
    pub fn answering(status: u16, content_type: &str, body: &str) -> Self {
        let steps = answer(status, content_type, body.as_bytes());
        Self::start(move |_| steps.clone())
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The requests, but for those that only ask which release this is.
    pub fn calls(&self) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.path() != "/api/version").collect()
    }

    /// The requests since the last time.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }

    /// How often a client closed a connection that hung.
    pub fn hung_up(&self) -> usize {
        self.closed.load(Ordering::SeqCst)
    }
}

/// A whole answer with `Content-Length`.
pub fn answer(status: u16, content_type: &str, body: &[u8]) -> Vec<Step> {
    let mut bytes = head(status, &[("content-type", content_type), ("content-length", &body.len().to_string())]);
    bytes.extend_from_slice(body);
    vec![Step::Send(bytes)]
}

pub fn json(status: u16, body: &serde_json::Value) -> Vec<Step> {
    answer(status, "application/json", body.to_string().as_bytes())
}

/// Status line and headers.
pub fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status} Status\r\n{headers}\r\n").into_bytes()
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<Request>>, hung_up: &AtomicUsize, handler: &Handler) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(request) = read_request(&mut reader) {
        seen.lock().unwrap().push(request.clone());
        for step in handler(&request) {
            match step {
                Step::Send(bytes) => {
                    if writer.write_all(&bytes).is_err() {
                        return;
                    }
                }
                Step::Hang => {
                    let mut rest = vec![];
                    let _ = reader.read_to_end(&mut rest);
                    hung_up.fetch_add(1, Ordering::SeqCst);
                    return;
                }
                Step::Close => {
                    let _ = writer.shutdown(std::net::Shutdown::Both);
                    return;
                }
            }
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut parts = line.split(' ');
    let (method, target) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => drop(headers.insert(name.to_lowercase(), value.to_owned())),
            None => break,
        }
    }
    let length = headers.get("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, target, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
