//! The signals that ask a process to end.

/// Waits for SIGTERM, SIGINT, or SIGHUP: nothing has to be read again when somebody says so.
#[cfg(unix)]
pub async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::hangup())) {
        (Ok(mut terminate), Ok(mut hangup)) => tokio::select! {
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        _ => drop(tokio::signal::ctrl_c().await),
    }
}

/// Waits for Ctrl+C.
#[cfg(not(unix))]
pub async fn asked_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}
