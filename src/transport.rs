//! Room `transport`: framing, who is calling, and how a session begins and ends. Knows no Argo CD.

pub mod http;
pub mod message;
pub mod requests;
pub mod signal;
pub mod stdio;
