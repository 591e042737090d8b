//! Files that are named to the program: read whole, but not without end.

use std::{
    fs::File,
    io::{Error, Read, Result},
    path::Path,
};

/// Longest file that is read, in bytes; none that is meant comes near it.
const LONGEST: u64 = 64 << 20;

/// The contents of a file.
///
/// # Errors
/// Those of reading; a file, or a device, with more than 64 MiB.
pub fn bytes(path: &Path) -> Result<Vec<u8>> {
    let mut contents = vec![];
    let read = File::open(path)?.take(LONGEST + 1).read_to_end(&mut contents)?;
    if u64::try_from(read).is_ok_and(|read| read > LONGEST) {
        return Err(Error::other("it is longer than 64 MiB"));
    }
    Ok(contents)
}

/// The same as text.
///
/// # Errors
/// As [`bytes`], and what is not UTF-8.
pub fn text(path: &Path) -> Result<String> {
    String::from_utf8(bytes(path)?).map_err(|_| Error::other("it is not UTF-8 text"))
}
