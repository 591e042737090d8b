//! Connections below HTTP: how they are accepted and closed (`listener`, `tls`, `descriptors`), how far the request on
//! one has come (`request_heads`, `bytes_so_far`), whether its client reads (`slow_readers`), and which are closed where
//! there are too many (`idle`, `bytes_held`).

pub mod bytes_held;
mod bytes_so_far;
pub mod descriptors;
pub mod idle;
pub mod listener;
mod request_heads;
mod slow_readers;
pub mod tls;
