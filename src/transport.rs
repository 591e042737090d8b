//! Room `transport`: framing, who is calling, and how a session begins and ends. Knows no Argo CD.

pub mod http;
pub mod legacy_sse;
pub mod opening;
pub mod signal;
pub mod stdio;
pub mod unread;
