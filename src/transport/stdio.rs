//! JSON-RPC over stdin and stdout, one message a line; all protocol versions on the same pipe.

mod line;

use std::{io, sync::Arc, time::Duration};

use rmcp::{
    RoleServer, ServiceExt,
    model::{ClientJsonRpcMessage, ProtocolVersion, ServerJsonRpcMessage},
    service::ServerInitializeError,
    transport::Transport,
};
use serde::de::IgnoredAny;
use serde_json::{Value, value::RawValue};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    sync::{
        Mutex,
        mpsc::{self, error::SendError},
    },
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::{
    error::{Error, Kind},
    server::Server,
    transport::{
        message::{
            BYTE_ORDER_MARK,
            envelope::{Envelope, no_json},
            opening::{Opening, lighten},
            refusal::{self, BATCH, NO_MESSAGE, PARSE_ERROR, Refusal},
        },
        requests::{Requests, Watched},
        signal::asked_to_end,
    },
};
use line::Line;

/// Longest line that is accepted, in bytes.
const MAX_LINE: usize = 16 << 20;
/// How long calls may go on after stdin has ended, so that `printf … | argocd-mcp stdio` gets its answers. Clients that
/// close stdin send SIGTERM two seconds later.
const GRACE: Duration = Duration::from_millis(1500);

/// Message for a request that comes before the session has begun.
const FIRST: &str =
    "Send initialize first; protocol version 2026-07-28 has its version in each request's _meta instead";

/// Serves until stdin ends or a signal asks to end; shortly after that, cancels `calls`.
///
/// # Errors
/// A broken stdout, or a first message that no protocol version allows.
pub async fn serve(server: Server, calls: CancellationToken) -> Result<(), Error> {
    let (input, output) = rmcp::transport::stdio_pipes();
    let output = Arc::new(Mutex::new(output));
    let (sender, receiver) = mpsc::channel(64);
    let requests = Arc::<Requests>::default();
    let intake = Intake {
        messages: sender,
        requests: Arc::clone(&requests),
        output: Arc::clone(&output),
        begun: false,
        batches: false,
    };
    let reader = tokio::spawn(async move {
        // A signal counts as the end of stdin.
        tokio::select! {
            () = intake.read(input) => {}
            () = asked_to_end() => {}
        }
        tokio::time::sleep(GRACE).await;
        calls.cancel();
    });
    let transport = Watched { transport: Lines { receiver, output }, requests };
    let ended = match server.serve(transport).await {
        Ok(running) => running
            .waiting()
            .await
            .map(drop)
            .map_err(|error| Error::new(Kind::Internal, "the session failed").because(error)),
        // stdin ended before `initialize`: the client only checked that the program starts.
        Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
        Err(error) => Err(Error::new(Kind::Protocol, format!("the session did not begin: {error}"))),
    };
    reader.abort();
    ended
}

/// Passes valid messages on, and refuses all other text.
struct Intake<W> {
    messages: mpsc::Sender<ClientJsonRpcMessage>,
    requests: Arc<Requests>,
    output: Arc<Mutex<W>>,
    /// Whether the session has begun.
    begun: bool,
    /// Whether the session speaks a version that has batches.
    batches: bool,
}

impl<W: AsyncWrite + Unpin> Intake<W> {
    /// Reads lines until stdin or the session ends.
    async fn read(mut self, input: impl AsyncRead + Unpin) {
        let mut input = BufReader::new(input);
        let mut text = Vec::new();
        loop {
            match line::next(&mut input, &mut text, MAX_LINE).await {
                Ok(Line::End) => return,
                Ok(Line::Whole) => {}
                Ok(Line::TooLong) => {
                    let problem = format!("Invalid Request: a message is longer than {} MiB", MAX_LINE >> 20);
                    self.refuse(Refusal::invalid(problem)).await;
                    continue;
                }
                Err(error) => {
                    warn!(%error, "stdin cannot be read");
                    return;
                }
            }
            let text = text.trim_ascii();
            let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
            // The messages of a batch are treated as if each had a line of its own, and each is answered by itself.
            let taken = match serde_json::from_slice::<Vec<&RawValue>>(text) {
                Ok(batch) if self.batches && !batch.is_empty() => {
                    let mut taken = Ok(());
                    for message in batch {
                        taken = taken.and(self.take(message.get().as_bytes()).await);
                    }
                    taken
                }
                _ if text.is_empty() => Ok(()),
                _ => self.take(text).await,
            };
            if taken.is_err() {
                return;
            }
        }
    }

    /// Fails when the session has ended.
    async fn take(&mut self, text: &[u8]) -> Result<(), SendError<ClientJsonRpcMessage>> {
        match self.message(text) {
            Ok(Some(message)) => self.messages.send(message).await,
            Ok(None) => Ok(()),
            Err(refusal) => {
                match Envelope::read(text) {
                    Ok(envelope) if envelope.notifies() => {
                        warn!(error = %refusal.message, "a notification on stdin is ignored");
                    }
                    Ok(envelope) => self.refuse(refusal.to(&envelope.id())).await,
                    Err(_) => self.refuse(refusal).await,
                }
                Ok(())
            }
        }
    }

    /// Sends an error (JSON-RPC 2.0 §5) with the id of the refused message, or `null` where no id can be read.
    async fn refuse(&self, refusal: Refusal) {
        refusal::note(refusal.reason, refusal.status, "stdio");
        let error = refusal::error(refusal.code, &refusal.message, &refusal.id);
        if let Err(error) = write(&self.output, &error).await {
            warn!(%error, "stdout cannot be written");
        }
    }

    /// The message in a line, or `None` for a message that means nothing at this time.
    fn message(&mut self, text: &[u8]) -> Result<Option<ClientJsonRpcMessage>, Refusal> {
        if !self.batches && serde_json::from_slice::<Vec<IgnoredAny>>(text).is_ok() {
            return Err(Refusal::invalid(BATCH));
        }
        let mut message = read(text).inspect_err(|refusal| {
            if refusal.code == PARSE_ERROR {
                warn!(error = refusal.message, bytes = text.len(), "a line on stdin is not JSON");
            }
        })?;
        lighten(&mut message);
        match Opening::of(&message) {
            // Before the session there is nothing to cancel or to answer, and rmcp would end the session.
            Opening::NoRequest if !self.begun => {
                debug!("ignored a message before the session");
                return Ok(None);
            }
            Opening::Begins(version) => {
                self.begun = true;
                self.batches = version.is_some_and(|version| version <= ProtocolVersion::V_2025_03_26);
            }
            Opening::Early if !self.begun => return Err(Refusal::invalid(FIRST)),
            Opening::NoRequest | Opening::Asks | Opening::Early => {}
        }
        self.requests.admit(&mut message).map_err(Refusal::invalid)?;
        Ok(Some(message))
    }
}

/// Reads a message, with the same checks as over HTTP.
fn read(text: &[u8]) -> Result<ClientJsonRpcMessage, Refusal> {
    Envelope::checked(text)?;
    serde_json::from_slice(text).map_err(|_| match serde_json::from_slice::<Value>(text) {
        Ok(_) => Refusal::invalid(NO_MESSAGE),
        Err(error) => no_json(error),
    })
}

async fn write(output: &Mutex<impl AsyncWrite + Unpin>, message: &impl serde::Serialize) -> io::Result<()> {
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
