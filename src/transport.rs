//! Room `transport`: framing, who is calling, and how a session begins and ends. Of Argo CD it
//! knows only the headers that name an instance and a token.

pub mod http;
pub mod message;
pub mod requests;
pub mod signal;
pub mod stdio;
