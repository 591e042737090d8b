//! The quotes in which a name stands: they end its value as well.

/// The quotes that are open at a place of a text, the innermost last. Places are asked for in the order of the text,
/// which so is read once.
#[derive(Default)]
pub(super) struct Quotes {
    open: Vec<Quote>,
    read: usize,
}

/// A quote, and how many backslashes stand before it: inside of another it has more.
#[derive(Clone, Copy, PartialEq)]
struct Quote {
    byte: u8,
    backslashes: usize,
}

impl Quotes {
    /// Goes on to a place. A line ends what is open in it, and an apostrophe in a word is no quote.
    pub(super) fn go_on(&mut self, text: &str, to: usize) {
        let (mut backslashes, mut before) = (0, b' ');
        for byte in text.as_bytes().get(self.read..to).unwrap_or_default() {
            let quote = Quote { byte: *byte, backslashes };
            let opened = self.open.iter().rposition(|open| *open == quote);
            match byte {
                b'\n' => self.open.clear(),
                b'"' | b'\'' if opened.is_some() => self.open.truncate(opened.unwrap_or_default()),
                b'\'' if before.is_ascii_alphanumeric() => {}
                b'"' | b'\'' => self.open.push(quote),
                _ => {}
            }
            backslashes = if *byte == b'\\' { backslashes + 1 } else { 0 };
            before = *byte;
        }
        self.read = self.read.max(to);
    }

    /// Where the first of them is closed in what follows.
    pub(super) fn closed(&self, text: &str) -> Option<usize> {
        first(text, &self.open)
    }

    /// The same for the innermost, if the name stands directly behind it: all between the two is one word.
    pub(super) fn word(&self, before: &str, text: &str) -> Option<usize> {
        let own = self.open.last()?;
        let behind = before.trim_end_matches('-').as_bytes().last()? == &own.byte;
        if behind { first(text, std::slice::from_ref(own)) } else { None }
    }
}

/// Where the first of some quotes stands in a line, with the backslashes before it.
fn first(line: &str, quotes: &[Quote]) -> Option<usize> {
    let mut backslashes = 0;
    line.bytes().enumerate().find_map(|(at, byte)| {
        let found = quotes.contains(&Quote { byte, backslashes }).then(|| at - backslashes);
        backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
        found
    })
}
