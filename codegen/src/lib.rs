//! Build-time half of argocd-mcp: turns Argo CD's swagger, its corrections and the tool table into Rust.
//!
//! The way of the data, one module each:
//!
//! ```text
//! spec ─▶ openapi3 ─▶ overlay ─▶ api ─┬─▶ client      progenitor's client and one send function per operation
//! src/tools/*.toml ─▶ table, args, view ┴─▶ rows ─▶ schema   the static table the server dispatches on
//! ```
//!
//! Every mistake becomes a line in [`report::Report`], in the words of the table; nothing stops at the first.

pub mod api;
pub mod args;
pub mod build;
pub mod circles;
pub mod client;
pub mod keys;
pub mod openapi3;
pub mod operations;
pub mod overlay;
pub mod own_calls;
pub mod path;
pub mod reader;
#[path = "../../src/release.rs"]
pub mod release;
pub mod report;
pub mod rows;
pub mod schema;
pub mod shape;
pub mod skipped;
pub mod spec;
#[path = "../../src/suggest.rs"]
pub mod suggest;
pub mod surface;
pub mod table;
pub mod template;
pub mod view;
