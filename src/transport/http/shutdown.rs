//! The end of the process: report not ready, let running calls finish, close streams.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;
use tracing::info;

use super::gates::Gates;
use crate::transport::signal::{asked_again, asked_to_end};

/// How often the shutdown looks whether anything is still running.
const LOOK: Duration = Duration::from_millis(10);
/// Time for the answers of calls that were given up. A pod that ends is often short of CPU.
const ANSWERS: Duration = Duration::from_secs(2);

/// Waits for a signal, then ends the server and cancels `stop`. A second signal, except SIGHUP, ends the running calls
/// at once.
pub async fn signalled(gates: Arc<Gates>, grace: Duration, stop: CancellationToken) {
    asked_to_end().await;
    gates.draining.cancel();
    info!(running = gates.limits.running(), "shutting down");
    let why = tokio::select! {
        () = idle(&gates, grace) => "calls did not end in time",
        () = asked_again() => "calls are given up, as a second signal asks for",
    };
    let given_up = gates.limits.running();
    if given_up > 0 {
        info!(given_up, "{why}");
    }
    // Calls are given up before streams are closed, so that the streams still carry the answers which say so.
    gates.app.shutdown.cancel();
    idle(&gates, ANSWERS).await;
    stop.cancel();
}

async fn idle(gates: &Gates, patience: Duration) {
    let end = Instant::now() + patience;
    while gates.limits.running() + gates.unsent.count() > 0 && Instant::now() < end {
        tokio::time::sleep(LOOK).await;
    }
}
