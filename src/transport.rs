//! Room `transport`: framing, and how a session begins and ends. Knows no Argo CD.

pub mod stdio;
