//! Room `argocd`: the generated client, the one hook that every request passes, and the instances.
//!
//! Knows nothing of MCP.

pub mod claims;
pub mod exec;
pub mod fault;
pub mod guard;
pub mod instance;
pub mod locate;
pub mod path;
mod proxies;
pub mod reply;
pub mod rights;
mod secrets;
pub mod session;
pub mod token;
mod trust;
pub mod user;
pub mod web;
pub mod wire;

pub use exec::Connection;
pub use instance::{Instance, Profile};
pub use locate::{Located, application, locate};
pub use reply::{ITEMS_CAP, Reply};
pub use session::{Operation, Session};
pub use token::TokenSource;
pub use user::User;
pub use web::Web;
pub use wire::Wire;

/// The client that progenitor generates, for the operations in use.
#[allow(
    missing_docs,
    unreachable_pub,
    unused_imports,
    clippy::all,
    clippy::pedantic,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "generated"
)]
pub mod client {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

/// One static for each operation in use.
#[allow(unused_mut, clippy::doc_markdown, reason = "generated")]
pub mod operations {
    include!(concat!(env!("OUT_DIR"), "/operations.rs"));
}
