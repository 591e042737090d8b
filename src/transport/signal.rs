//! The signals that ask a process to end.

/// Waits for SIGTERM or SIGINT.
#[cfg(unix)]
pub async fn asked_to_end() {
    use tokio::signal::unix;
    match unix::signal(unix::SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

/// Waits for Ctrl+C.
#[cfg(not(unix))]
pub async fn asked_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}
