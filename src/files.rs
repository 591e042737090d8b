//! Reads files that settings name: whole, up to a limit.

pub mod followed;

use std::{
    fs::{File, Metadata},
    io::{Error, Read, Result, Write},
    path::Path,
    sync::mpsc,
    thread,
    time::{Duration, SystemTime},
};

use tempfile::{Builder, NamedTempFile};

/// Longest file that is read, in bytes. No file that these settings are meant for comes near it.
const LONGEST: u64 = 64 << 20;
/// How long to wait for the end of a pipe: the command that writes it may ask a secret store.
const PATIENCE: Duration = Duration::from_secs(30);
/// The byte order mark, which editors of Windows put in front of UTF-8.
pub const BOM: &str = "\u{feff}";

/// The contents of a file, without a byte order mark.
///
/// # Errors
/// The file cannot be read, as [`whole`] says.
pub fn bytes(path: &Path) -> Result<Vec<u8>> {
    let contents = whole(path, PATIENCE)?;
    Ok(contents.strip_prefix(BOM.as_bytes()).map(<[u8]>::to_vec).unwrap_or(contents))
}

/// The contents of a file as text, without a byte order mark.
///
/// # Errors
/// The file cannot be read, as [`whole`] says, or is not UTF-8.
pub fn text(path: &Path) -> Result<String> {
    utf8(bytes(path)?)
}

/// The contents of a file as text, with its byte order mark, if it has one.
///
/// # Errors
/// The file cannot be read, as [`whole`] says, or is not UTF-8.
pub fn exact(path: &Path) -> Result<String> {
    utf8(whole(path, PATIENCE)?)
}

fn utf8(contents: Vec<u8>) -> Result<String> {
    String::from_utf8(contents).map_err(|error| {
        let is_wide = error.as_bytes().starts_with(&[0xff, 0xfe]) || error.as_bytes().starts_with(&[0xfe, 0xff]);
        let wide = if is_wide { ", but UTF-16, as PowerShell's > writes it" } else { "" };
        Error::other(format!("it is not UTF-8 text{wide}"))
    })
}

/// The contents of a file, or what another program writes into a pipe within `patience`.
///
/// # Errors
/// The file cannot be read, is longer than [`LONGEST`], or is a pipe whose end does not come in time.
pub fn whole(path: &Path, patience: Duration) -> Result<Vec<u8>> {
    if !is_pipe(path) {
        return read(path);
    }
    // Opening a pipe already waits for a writer.
    let (sender, receiver) = mpsc::channel();
    let pipe = path.to_owned();
    thread::Builder::new().spawn(move || sender.send(read(&pipe)))?;
    let late = || Error::other(format!("it is a pipe, and nobody wrote all of it within {} s", patience.as_secs()));
    receiver.recv_timeout(patience).unwrap_or_else(|_| Err(late()))
}

/// A file beside `path` with a text, for its owner alone. `persist` puts it in the place of `path` at once: others see
/// the old file or the new one, never a part. Gone when it is dropped before.
///
/// # Errors
/// The folder cannot be written.
pub fn draft(path: &Path, text: &str) -> Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut draft = Builder::new().prefix(".argocd-mcp-").suffix(".tmp").tempfile_in(folder)?;
    draft.write_all(text.as_bytes())?;
    draft.as_file().sync_all()?;
    Ok(draft)
}

/// Identifies one state of a file. The time of a change alone does not: Nix and archives set it to the same value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version {
    modified: Option<SystemTime>,
    length: u64,
    /// Device, inode, and the time of the inode's last change in seconds and nanoseconds.
    node: Option<(u64, u64, i64, i64)>,
}

/// The version of a file. A pipe or a device has one alone, the default: what it says is read once.
///
/// # Errors
/// Nothing is at that path.
pub fn version(path: &Path) -> Result<Version> {
    let metadata = path.metadata()?;
    if !metadata.is_file() {
        return Ok(Version::default());
    }
    Ok(Version { modified: metadata.modified().ok(), length: metadata.len(), node: node(&metadata) })
}

#[cfg(unix)]
fn node(metadata: &Metadata) -> Option<(u64, u64, i64, i64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec()))
}

#[cfg(not(unix))]
fn node(_: &Metadata) -> Option<(u64, u64, i64, i64)> {
    None
}

/// Whether the path exists and is not a regular file: a pipe or a device, on which a read may block, or a folder.
pub fn is_other(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_file())
}

/// Whether the path is a pipe, such as a shell's `<(…)`.
#[cfg(unix)]
pub fn is_pipe(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type()))
}

/// Whether the path is a pipe: on this system none is.
#[cfg(not(unix))]
pub fn is_pipe(_: &Path) -> bool {
    false
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut contents = vec![];
    let read = File::open(path)?.take(LONGEST + 1).read_to_end(&mut contents)?;
    if u64::try_from(read).is_ok_and(|read| read > LONGEST) {
        return Err(Error::other(format!("it is longer than {} MiB", LONGEST >> 20)));
    }
    Ok(contents)
}
