//! File descriptors: the limit this process was started with, and errors for want of one.

use std::io::Error;
#[cfg(unix)]
use std::sync::LazyLock;

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit};

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
