//! The HTTP server through real sockets: transports and eras, gates, sessions, operations, hostile input.

mod ahead;
mod batch;
mod begun;
mod chosen;
pub mod client;
mod crowd;
#[cfg(target_os = "linux")]
mod descriptors;
mod ending;
mod extent;
mod gates;
mod headers;
mod hostile;
mod legacy_sse;
mod lifecycle;
mod messages;
mod owners;
mod parameters;
mod protocol;
mod queue;
#[cfg(unix)]
mod renewed;
mod resume;
mod sessions;
#[cfg(unix)]
mod stalled;
mod told;
mod unread;
pub mod upstream;
mod wire;
