//! Lines of bounded length from a stream of bytes.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// The result of reading one line.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// The stream ended.
    End,
    /// A whole line, or the text before the end of the stream.
    Whole,
    /// A line longer than allowed; it was read and dropped.
    TooLong,
}

/// Reads the next line into `line`, at most `most` bytes of it.
///
/// # Errors
/// As reading the stream.
pub(super) async fn next(input: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>, most: usize) -> io::Result<Line> {
    line.clear();
    let mut length = 0;
    loop {
        let available = input.fill_buf().await?;
        if available.is_empty() && length == 0 {
            return Ok(Line::End);
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let piece = available.get(..end.unwrap_or(available.len())).unwrap_or_default();
        length += piece.len();
        if length <= most {
            line.extend_from_slice(piece);
        } else {
            // All of it is dropped: half a message must not be taken for a whole one.
            line.clear();
        }
        let ended = end.is_some() || available.is_empty();
        let used = piece.len() + usize::from(end.is_some());
        // A newline alone is an empty line, not the end.
        length = length.max(1);
        input.consume(used);
        if ended {
            return Ok(if length <= most { Line::Whole } else { Line::TooLong });
        }
    }
}
