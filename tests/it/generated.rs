//! The unpruned client and the rows of `tests/tables/`, made by the build script for these tests alone.

pub mod argocd {
    pub use argocd_mcp::argocd::*;

    #[allow(dead_code, unused_imports, clippy::all, reason = "generated")]
    pub mod client {
        include!(concat!(env!("OUT_DIR"), "/every_client.rs"));
    }

    #[allow(dead_code, unused_mut, reason = "generated")]
    pub mod operations {
        include!(concat!(env!("OUT_DIR"), "/every_operation.rs"));
    }
}

#[allow(dead_code, reason = "generated")]
pub mod table {
    include!(concat!(env!("OUT_DIR"), "/test_table.rs"));
}
