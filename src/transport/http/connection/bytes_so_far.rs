//! How much of a request came: the length of its head, and what is behind that.

/// What came since a head began.
#[derive(Debug, Default)]
pub(super) struct Came {
    head: usize,
    whole: bool,
    behind: usize,
    /// The same without line ends at the end.
    solid: usize,
    last: Vec<u8>,
    /// A part of it came with the request before it, so that nobody knows where it began.
    ahead: bool,
}

impl Came {
    /// So much more.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        // Line ends before a head are none of it, and a line may end without a CR (RFC 9112 §2.2).
        let blanks = if self.head == 0 && !self.ahead { line_ends(bytes) } else { 0 };
        let bytes = bytes.get(blanks..).unwrap_or_default();
        if bytes.is_empty() {
            return;
        }
        let mut rest = bytes;
        if !self.whole {
            let seen = [&self.last, bytes].concat();
            let empty =
                |rest: &[u8]| [&b"\n\n"[..], b"\n\r\n"].into_iter().find(|end| rest.starts_with(end)).map(<[u8]>::len);
            let end = (0..seen.len()).find_map(|at| Some(at + empty(seen.get(at..)?)?));
            let of_head = end.map_or(bytes.len(), |end| end.saturating_sub(self.last.len()));
            self.whole = end.is_some();
            self.head += of_head;
            rest = bytes.get(of_head..).unwrap_or_default();
        }
        if let Some(last) = rest.iter().rposition(|byte| !is_line_end(byte)) {
            self.solid = self.behind + last + 1;
        }
        self.behind += rest.len();
        let end = |of: &[u8]| of.get(of.len().saturating_sub(3)..).unwrap_or_default().to_vec();
        self.last = end(&[std::mem::take(&mut self.last), end(bytes)].concat());
    }

    /// The length of the head, blanks between its fields included, as far as it came.
    pub(super) fn head(&self) -> usize {
        self.head
    }

    /// Whether anything came behind it.
    pub(super) fn goes_on(&self) -> bool {
        self.behind > 0
    }

    /// The request was answered, whose body has this length if that was said: whether a part of another one came by
    /// then. Without a body a request ends with an empty line, and so does one whose body is chunked; a part of a head
    /// does not. Where several came ahead, that is not known of those with bodies.
    pub(super) fn goes_ahead(&mut self, body: Option<u64>) -> bool {
        let is_more = match body.and_then(|length| usize::try_from(length).ok()).filter(|length| *length > 0) {
            Some(length) => self.ahead || self.solid > length,
            // Without a last byte nothing came since all was answered.
            None => !(self.last.is_empty() || self.last.ends_with(b"\n\n") || self.last.ends_with(b"\n\r\n")),
        };
        let mut last = std::mem::take(&mut self.last);
        // The empty line that ended what was answered is none of the next head.
        if last.starts_with(b"\n\n") {
            last.drain(..2);
        }
        *self = if is_more { Self { last, ahead: true, ..Self::default() } } else { Self::default() };
        is_more
    }
}

/// How many bytes are nothing but line ends before something else comes.
pub(super) fn line_ends(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_line_end(byte)).count()
}

fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}
