//! The quotes in which a name stands: they end its value as well.

/// The quotes that are open at a place of a text, the innermost last. Places are asked for in the order of the text,
/// which so is read once.
#[derive(Default)]
pub(super) struct Quotes {
    open: Vec<Quote>,
    read: usize,
}

/// A quote, and the number of backslashes in front of it: a quote inside another has more.
#[derive(Clone, Copy, PartialEq)]
struct Quote {
    byte: u8,
    backslashes: usize,
}

impl Quotes {
    /// Reads on to a position. The end of a line closes all quotes, and an apostrophe in a word is not a quote.
    pub(super) fn go_on(&mut self, text: &str, to: usize) {
        let (mut backslashes, mut before) = (0, b' ');
        for byte in text.as_bytes().get(self.read..to).unwrap_or_default() {
            match byte {
                b'\n' => self.open.clear(),
                b'"' | b'\'' => self.meet(Quote { byte: *byte, backslashes }, before),
                _ => {}
            }
            backslashes = if *byte == b'\\' { backslashes + 1 } else { 0 };
            before = *byte;
        }
        self.read = self.read.max(to);
    }

    /// Closes or opens a quote. Deeper nesting than `MOST` is ignored, as nobody writes it.
    fn meet(&mut self, quote: Quote, before: u8) {
        const MOST: usize = 8;
        let is_apostrophe = quote.byte == b'\'' && before.is_ascii_alphanumeric();
        match self.open.iter().rposition(|open| *open == quote) {
            Some(at) => self.open.truncate(at),
            None if is_apostrophe || self.open.len() == MOST => {}
            None => self.open.push(quote),
        }
    }

    /// Where the first of the open quotes is closed in the text that follows.
    pub(super) fn closed(&self, text: &str) -> Option<usize> {
        first(text, &self.open)
    }

    /// Where the innermost open quote is closed, if the name follows it directly: everything between the quotes is one
    /// word.
    pub(super) fn word(&self, before: &str, text: &str) -> Option<usize> {
        let own = self.open.last()?;
        let behind = before.trim_end_matches('-').as_bytes().last()? == &own.byte;
        if behind { first(text, std::slice::from_ref(own)) } else { None }
    }
}

/// The position of the first of some quotes in a line, counted from the backslashes in front of it.
fn first(line: &str, quotes: &[Quote]) -> Option<usize> {
    let mut backslashes = 0;
    line.bytes().enumerate().find_map(|(at, byte)| {
        let is_quote = matches!(byte, b'"' | b'\'') && quotes.contains(&Quote { byte, backslashes });
        let found = is_quote.then(|| at - backslashes);
        backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
        found
    })
}
