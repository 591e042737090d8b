//! How much of a request has arrived: the length of its head, and the bytes behind it.

/// What has arrived since a head began.
#[derive(Debug, Default)]
pub(super) struct BytesSoFar {
    head: usize,
    whole: bool,
    behind: usize,
    /// As `behind`, without line ends at the end.
    solid: usize,
    last: Vec<u8>,
    /// Some bytes of this request arrived together with the previous one (pipelining), so its start is unknown.
    ahead: bool,
}

impl BytesSoFar {
    /// Counts bytes that have arrived.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        // Line ends before a head do not belong to it, and a line may end without a CR (RFC 9112 §2.2).
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

    /// The length of the head so far, blanks between its fields included.
    pub(super) fn head(&self) -> usize {
        self.head
    }

    /// Whether any bytes arrived behind the head.
    pub(super) fn goes_on(&self) -> bool {
        self.behind > 0
    }

    /// Called when the request was answered; `body` is the length of its body, if known. Returns whether bytes of a
    /// next request have already arrived. A request without a body, or with a chunked one, ends with an empty line. Not
    /// exact when several requests with bodies were pipelined.
    pub(super) fn goes_ahead(&mut self, body: Option<u64>) -> bool {
        let is_more = match body.and_then(|length| usize::try_from(length).ok()).filter(|length| *length > 0) {
            Some(length) => self.ahead || self.solid > length,
            // If no byte is remembered, nothing has arrived since the previous answer.
            None => !(self.last.is_empty() || self.last.ends_with(b"\n\n") || self.last.ends_with(b"\n\r\n")),
        };
        let mut last = std::mem::take(&mut self.last);
        // The empty line that ended the answered request does not belong to the next head.
        if last.starts_with(b"\n\n") {
            last.drain(..2);
        }
        *self = if is_more { Self { last, ahead: true, ..Self::default() } } else { Self::default() };
        is_more
    }
}

/// How many line ends are at the start.
pub(super) fn line_ends(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_line_end(byte)).count()
}

fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}
