//! JSON-RPC over stdin and stdout, one message a line; all protocol versions on the same pipe.

use std::{io, sync::Arc, time::Duration};

use rmcp::{
    ErrorData, RoleServer, ServiceExt,
    model::{ClientJsonRpcMessage, RequestId, ServerJsonRpcMessage},
    service::ServerInitializeError,
    transport::Transport,
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    sync::{Mutex, mpsc},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::{
    error::{Error, Kind},
    server::Server,
};

/// Longest line that is read, in bytes.
const MAX_LINE: u64 = 16 << 20;
/// What runs when stdin ends may still finish within this time: `printf … | argocd-mcp stdio` gets its answers.
const GRACE: Duration = Duration::from_secs(2);

/// Serves until stdin ends; cancels `calls` shortly after it did.
///
/// # Errors
/// A broken stdout, or an opening that no protocol version knows.
pub async fn serve(server: Server, calls: CancellationToken) -> Result<(), Error> {
    let (input, output) = rmcp::transport::stdio_pipes();
    let output = Arc::new(Mutex::new(output));
    let (sender, receiver) = mpsc::channel(64);
    let writer = Arc::clone(&output);
    let reader = tokio::spawn(async move {
        read_lines(input, sender, &writer).await;
        tokio::time::sleep(GRACE).await;
        calls.cancel();
    });
    let ended = match server.serve(Lines { receiver, output }).await {
        Ok(running) => running
            .waiting()
            .await
            .map(drop)
            .map_err(|error| Error::new(Kind::Internal, "the session failed").because(error)),
        // EOF before `initialize`: a client that only looked whether the program starts.
        Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
        Err(error) => Err(Error::new(Kind::Protocol, format!("the session did not begin: {error}"))),
    };
    reader.abort();
    ended
}

/// Hands on what is JSON-RPC, answers what is JSON, logs what is neither.
async fn read_lines(
    input: impl tokio::io::AsyncRead + Unpin,
    messages: mpsc::Sender<ClientJsonRpcMessage>,
    output: &Mutex<impl AsyncWrite + Unpin>,
) {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    let mut begun = false;
    loop {
        line.clear();
        match (&mut input).take(MAX_LINE).read_until(b'\n', &mut line).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                warn!(%error, "stdin cannot be read");
                return;
            }
        }
        let text = line.trim_ascii();
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        if text.is_empty() {
            continue;
        }
        match serde_json::from_slice::<ClientJsonRpcMessage>(text) {
            // Before the first request there is nothing to cancel or to answer, and rmcp would end the session.
            Ok(message) if !begun && !matches!(message, ClientJsonRpcMessage::Request(_)) => {
                debug!("ignored a message before the first request")
            }
            Ok(message) => {
                begun = true;
                if messages.send(message).await.is_err() {
                    return;
                }
            }
            Err(_) => match serde_json::from_slice::<Value>(text) {
                Ok(json) => refuse(&json, output).await,
                Err(error) => warn!(%error, bytes = text.len(), "a line on stdin is not JSON"),
            },
        }
    }
}

/// -32600 (JSON-RPC 2.0 §5.1) with the id, if one can be read.
async fn refuse(json: &Value, output: &Mutex<impl AsyncWrite + Unpin>) {
    let id = json.get("id").and_then(|id| serde_json::from_value::<RequestId>(id.clone()).ok());
    let error = ErrorData::invalid_request("Invalid Request: not a JSON-RPC 2.0 message", None);
    if let Err(error) = write(output, &ServerJsonRpcMessage::error(error, id)).await {
        warn!(%error, "stdout cannot be written");
    }
}

async fn write(output: &Mutex<impl AsyncWrite + Unpin>, message: &ServerJsonRpcMessage) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    let mut output = output.lock().await;
    output.write_all(&line).await?;
    output.flush().await
}

struct Lines<W> {
    receiver: mpsc::Receiver<ClientJsonRpcMessage>,
    output: Arc<Mutex<W>>,
}

impl<W: AsyncWrite + Send + Unpin + 'static> Transport<RoleServer> for Lines<W> {
    type Error = io::Error;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let output = Arc::clone(&self.output);
        async move { write(&output, &message).await }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        self.receiver.recv().await
    }

    async fn close(&mut self) -> io::Result<()> {
        self.output.lock().await.flush().await
    }
}
