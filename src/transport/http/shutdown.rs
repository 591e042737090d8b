//! The end: not ready, let what runs finish, close streams.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;
use tracing::info;

use super::gates::Gates;

/// How often the end looks whether something still runs.
const LOOK: Duration = Duration::from_millis(10);
/// For the answers of calls that were given up.
const ANSWERS: Duration = Duration::from_millis(500);

/// Waits for SIGTERM or SIGINT, then ends the server and cancels `stop`. A second signal ends it at once.
pub async fn signalled(gates: Arc<Gates>, grace: Duration, stop: CancellationToken) {
    signal().await;
    gates.draining.store(true, Ordering::Relaxed);
    info!(running = gates.limits.running(), "shutting down");
    tokio::select! {
        () = idle(&gates, grace) => {}
        () = signal() => {}
    }
    let given_up = gates.limits.running();
    if given_up > 0 {
        info!(given_up, "calls did not end in time");
    }
    // Calls first, so that their streams still carry the answer that they were given up.
    gates.app.shutdown.cancel();
    idle(&gates, ANSWERS).await;
    stop.cancel();
}

async fn idle(gates: &Gates, patience: Duration) {
    let end = Instant::now() + patience;
    while gates.limits.running() + gates.open.count() > 0 && Instant::now() < end {
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix;
    match unix::signal(unix::SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
