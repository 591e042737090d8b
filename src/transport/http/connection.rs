//! Connections below HTTP: how they are accepted and closed (`listener`, `tls`), how much of a request
//! has arrived (`request_heads`, `bytes_so_far`), whether the client reads (`slow_readers`), and which connections are
//! closed when there are too many (`idle`, `bytes_held`).

pub mod bytes_held;
mod bytes_so_far;
pub mod idle;
pub mod listener;
mod request_heads;
mod slow_readers;
pub mod tls;
