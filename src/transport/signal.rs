//! The signals that ask a process to end.

/// Waits for SIGTERM, SIGINT or SIGHUP.
#[cfg(unix)]
pub async fn asked_to_end() {
    ended(hangs_up()).await;
}

/// Waits for a second SIGTERM or SIGINT. SIGHUP does not count: a closing terminal sends it several times.
#[cfg(unix)]
pub async fn asked_again() {
    ended(false).await;
}

#[cfg(unix)]
async fn ended(hangs_up: bool) {
    use tokio::signal::unix::{SignalKind, signal};
    let came = async |kind: Option<SignalKind>| match kind.and_then(|kind| signal(kind).ok()) {
        Some(mut signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    };
    tokio::select! {
        () = came(Some(SignalKind::terminate())) => {}
        () = came(hangs_up.then(SignalKind::hangup)) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Whether SIGHUP ends the process. Under `nohup` SIGHUP is ignored, and listening for it would undo that. Only Linux
/// tells.
#[cfg(unix)]
fn hangs_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    ignored.is_some_and(|signals| signals & 1 == 0)
}

/// Waits for Ctrl+C.
#[cfg(not(unix))]
pub async fn asked_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}

/// Waits for another Ctrl+C.
#[cfg(not(unix))]
pub async fn asked_again() {
    asked_to_end().await;
}
