//! The executable: everything is in the library.

use std::process::ExitCode;

/// That of musl has one lock for all threads, and gives memory back at once that the next call takes again.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    argocd_mcp::cli::main()
}
