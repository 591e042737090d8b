//! File descriptors: takes as many as the system allows, and tells whether some are left.

use std::io::{Error, Result};

use tokio::net::TcpListener;

/// Raises the limit as far as allowed. The usual limit is low for the sake of old programs (`select` cannot handle
/// more).
#[cfg(unix)]
pub fn raise() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let Rlimit { current, maximum } = crate::config::descriptors::at_start();
    if current != maximum {
        // If the limit cannot be raised, it stays as it is.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

/// Does nothing: there is no such limit.
#[cfg(not(unix))]
pub fn raise() {}

/// Whether an error means that descriptors, or memory for a connection, ran out, and not that the client did something
/// wrong.
#[cfg(unix)]
pub fn are_scarce(error: &Error) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM].map(Some).contains(&Errno::from_io_error(error))
}

/// Takes every error for this one.
#[cfg(not(unix))]
pub fn are_scarce(_: &Error) -> bool {
    true
}

/// Checks that `count` more descriptors can be had.
///
/// # Errors
/// The reason why not.
#[cfg(unix)]
pub fn are_free(socket: &TcpListener, count: usize) -> Result<()> {
    use std::os::fd::AsFd;
    let tried: Result<Vec<_>> = (0..count).map(|_| socket.as_fd().try_clone_to_owned()).collect();
    tried.map(drop)
}

/// Does nothing: there is no such limit.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn are_free(_: &TcpListener, _: usize) -> Result<()> {
    Ok(())
}
