//! argocd-mcp: Argo CD through the Model Context Protocol.
//!
//! A call passes six rooms, each once: `transport → server → policy → tools → {argocd, view}`; modules only use what is
//! to the right of them. `caller`, `cli`, `config`, `credentials`, `demo`, `descriptors`, `docs`, `doctor`, `error`,
//! `files`, `install`, `release`, `suggest` and `telemetry` stand beside.

pub mod argocd;
pub mod caller;
pub mod cli;
pub mod config;
pub mod credentials;
pub mod descriptors;
pub mod docs;
pub mod doctor;
pub mod error;
pub mod files;
pub mod install;
pub mod policy;
pub mod release;
pub mod server;
pub mod suggest;
pub mod telemetry;
pub mod tools;
pub mod transport;
pub mod view;

#[cfg(feature = "demo")]
pub use demo;
