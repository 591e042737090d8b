//! Writes audit lines to a file, a pipe or a terminal.

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::{
    descriptors::are_scarce,
    error::{Error, Kind},
    files,
};

/// The file that `--audit-log` names.
#[derive(Debug)]
pub(super) struct AuditFile {
    way: Way,
    /// Whether the last line may be incomplete, written by this process or by another one before.
    cut: bool,
}

#[derive(Debug)]
enum Way {
    /// A file and its path. The file stays open, so that lines can be written when no descriptor is left. When it is
    /// moved away, the next line goes to a new file.
    Path(PathBuf, File),
    /// A pipe or a terminal, which is never opened again.
    Open(File),
}

impl AuditFile {
    /// Opens the file, the pipe or the terminal.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: it cannot be written.
    pub(super) fn new(path: &Path) -> Result<Self, Error> {
        #[cfg(unix)]
        if files::is_pipe(path) {
            return Ok(Self { way: Way::Open(open_pipe(path)?), cut: false });
        }
        let file = open(path).map_err(|error| {
            unwritable(path, &error)
                .hint("Name a file (ARGOCD_MCP_AUDIT_LOG) in a folder that is there and that may be written to, or none: then the lines are part of the log.")
        })?;
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        let cut = is_file && is_cut(&file, path);
        Ok(Self { way: if is_file { Way::Path(path.to_owned(), file) } else { Way::Open(file) }, cut })
    }

    /// Writes a line. If a full disk has cut the last line short, that one is ended first.
    ///
    /// # Errors
    /// The line cannot be written.
    pub(super) fn put(&mut self, line: &[u8]) -> io::Result<()> {
        match &mut self.way {
            // To open a pipe that nobody reads would wait for ever.
            Way::Path(path, _) if files::is_other(path) => Err(io::Error::other("it is no file any more")),
            Way::Path(path, file) => {
                if !is_at(file, path) {
                    match open(path) {
                        Ok(new) => (*file, self.cut) = (new, true),
                        // The file that was moved away is better than none.
                        Err(error) if are_scarce(&error) => {}
                        Err(error) => return Err(error),
                    }
                }
                // Another process may have ended the line meanwhile.
                self.cut = self.cut && is_cut(file, path);
                write_to(file, line, &mut self.cut)
            }
            Way::Open(file) => write_to(file, line, &mut self.cut),
        }
    }
}

/// Whether a file is the one at a path, and has not been moved away.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(open), Ok(there)) = (file.metadata(), path.metadata()) else { return false };
    (open.dev(), open.ino()) == (there.dev(), there.ino())
}

/// Whether a file is the one at a path: nothing tells, so it is opened again.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    false
}

fn write_to(mut file: &File, line: &[u8], cut: &mut bool) -> io::Result<()> {
    let end: &[u8] = if *cut { b"\n" } else { b"" };
    let text = [end, line].concat();
    let mut rest = &*text;
    while !rest.is_empty() {
        match file.write(rest) {
            Ok(written) => {
                let (done, left) =
                    rest.split_at_checked(written).filter(|_| written > 0).ok_or(ErrorKind::WriteZero)?;
                *cut = !done.ends_with(b"\n");
                rest = left;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether a file ends within a line. A file that cannot be read is taken for one that does.
fn is_cut(file: &File, path: &Path) -> bool {
    let last = || {
        if file.metadata()?.len() == 0 {
            return Ok(b'\n');
        }
        let mut file = File::open(path)?;
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last).map(|()| last[0])
    };
    last().map_or_else(|error: io::Error| error.kind() != ErrorKind::NotFound, |last| last != b'\n')
}

/// Opens a file to append to it. One that is made here is for its owner alone.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Opens a named pipe if another program reads it: else opening it would wait for ever.
#[cfg(unix)]
fn open_pipe(path: &Path) -> Result<File, Error> {
    let opened = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let _within = runtime.enter();
        tokio::net::unix::pipe::OpenOptions::new().open_sender(path)?.into_blocking_fd()
    };
    opened().map(File::from).map_err(|error| {
        unwritable(path, &error)
            .hint("It is a named pipe: start what reads it first, or name a file (ARGOCD_MCP_AUDIT_LOG).")
    })
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::new(Kind::Configuration, format!("--audit-log: `{}` cannot be written: {error}", path.display()))
}
