//! File descriptors: the limits of this process and of the programs that it starts, and errors for want of one.

use std::io::{self, Error};
#[cfg(unix)]
use std::sync::LazyLock;

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit};
use tokio::net::TcpListener;

/// The limit that this process was started with, if it is asked before anything raises it.
#[cfg(unix)]
pub fn at_start() -> Rlimit {
    static AT_START: LazyLock<Rlimit> = LazyLock::new(|| getrlimit(Resource::Nofile));
    *AT_START
}

/// Gives a program that was just started the limit that this process was started with: some programs work through all
/// descriptors that they may have. Only Linux lets another process do that.
#[cfg(target_os = "linux")]
pub fn give_back(child: Option<u32>) {
    let pid = child.and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?));
    // It may be over already, or belong to another account.
    let _ = pid.map(|pid| rustix::process::prlimit(Some(pid), Resource::Nofile, at_start()));
}

/// The program keeps the limit of this process.
#[cfg(not(target_os = "linux"))]
pub fn give_back(_: Option<u32>) {}

/// Whether an error is for want of a descriptor, of this process or of the machine.
#[cfg(unix)]
pub fn are_scarce(error: &Error) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE].map(Some).contains(&Errno::from_io_error(error))
}

/// Whether an error is for want of a descriptor: there is no such limit.
#[cfg(not(unix))]
pub fn are_scarce(_: &Error) -> bool {
    false
}

/// Raises the limit as far as allowed. The usual limit is low for the sake of old programs (`select` cannot handle
/// more).
#[cfg(unix)]
pub fn raise() {
    use rustix::process::setrlimit;
    let Rlimit { current, maximum } = at_start();
    if current != maximum {
        // If the limit cannot be raised, it stays as it is.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

/// Does nothing: there is no such limit.
#[cfg(not(unix))]
pub fn raise() {}

/// Whether an error is for want of descriptors, or of memory for a connection, and not for anything that the client did.
#[cfg(unix)]
pub fn is_shortage(error: &Error) -> bool {
    use rustix::io::Errno;
    are_scarce(error) || [Errno::NOBUFS, Errno::NOMEM].map(Some).contains(&Errno::from_io_error(error))
}

/// Takes every error for this one.
#[cfg(not(unix))]
pub fn is_shortage(_: &Error) -> bool {
    true
}

/// Checks that `count` more descriptors can be had.
///
/// # Errors
/// The reason why not.
#[cfg(unix)]
pub fn are_free(socket: &TcpListener, count: usize) -> io::Result<()> {
    use std::os::fd::AsFd;
    let tried: io::Result<Vec<_>> = (0..count).map(|_| socket.as_fd().try_clone_to_owned()).collect();
    tried.map(drop)
}

/// Does nothing: there is no such limit.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn are_free(_: &TcpListener, _: usize) -> io::Result<()> {
    Ok(())
}
