//! The one integration test binary.

#![allow(missing_docs, unreachable_pub, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "tests")]

mod harness;
mod http;
mod recordings;
mod replay;
mod scratch;
