//! Opens an address in the person's browser, if they have a desktop.

use std::process::{Command, Stdio};

/// Tries to open an address, which the person is told in other ways as well. No shell reads the address.
pub(super) fn open(address: &str) {
    let Some((program, arguments)) = opener() else {
        tracing::debug!("no desktop, so no browser is opened");
        return;
    };
    let started = Command::new(program)
        .args(arguments)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        // The program must be waited for, or it would stay a zombie.
        Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
        Err(error) => tracing::debug!(%error, program, "the browser cannot be opened"),
    }
}

fn opener() -> Option<(&'static str, &'static [&'static str])> {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "macos") {
        return Some(("open", &[]));
    }
    if cfg!(windows) {
        return Some(("rundll32", &["url.dll,FileProtocolHandler"]));
    }
    // Without a desktop xdg-open takes a browser for terminals.
    ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].iter().any(is_set).then_some(("xdg-open", &[] as &[_]))
}
