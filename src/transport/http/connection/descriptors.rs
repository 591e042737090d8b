//! Descriptors: as many as the system lets this process have, and whether some are left.

use std::io::{Error, Result};

use tokio::net::TcpListener;

/// Raises the limit as far as it may be raised: the usual one is as low as it is for programs that know no more.
#[cfg(unix)]
pub fn raise() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let Rlimit { current, maximum } = crate::config::descriptors::at_start();
    if current != maximum {
        // Where it may not be, it stays as it was.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub fn raise() {}

/// Whether an error is for want of them, or of memory for a connection, and of nothing that the client did.
#[cfg(unix)]
pub fn are_scarce(error: &Error) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM].map(Some).contains(&Errno::from_io_error(error))
}

/// It may be.
#[cfg(not(unix))]
pub fn are_scarce(_: &Error) -> bool {
    true
}

/// Whether so many could be had.
///
/// # Errors
/// Why not.
#[cfg(unix)]
pub fn are_free(socket: &TcpListener, count: usize) -> Result<()> {
    use std::os::fd::AsFd;
    let tried: Result<Vec<_>> = (0..count).map(|_| socket.as_fd().try_clone_to_owned()).collect();
    tried.map(drop)
}

/// They are.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn are_free(_: &TcpListener, _: usize) -> Result<()> {
    Ok(())
}
