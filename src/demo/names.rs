//! Names, hashes and times that look as Git and Kubernetes make them, and are the same in every run.

use jiff::Timestamp;

/// Milliseconds since 1970.
pub(super) type Millis = i64;

/// Letters Kubernetes takes for generated names: none that could make a word.
const SAFE: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// FNV-1a over the parts, then stirred: neighbours in the input are none in the output.
pub(super) fn hash(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    stir(hash)
}

fn stir(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// As many hexadecimal digits; 40 of them are a commit.
pub(super) fn hex(parts: &[&str], digits: usize) -> String {
    let seed = hash(parts);
    let mut bytes = vec![];
    for block in 0..4_u64 {
        bytes.extend_from_slice(&stir(seed.wrapping_add(block)).to_be_bytes());
    }
    let mut text = self::digits(&bytes);
    text.truncate(digits);
    text
}

/// Bytes as hexadecimal digits.
pub(super) fn digits(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        text = text + &format!("{byte:02x}");
    }
    text
}

/// A version 4 UUID.
pub(super) fn uid(parts: &[&str]) -> String {
    let digits = hex(parts, 32);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}

/// What Kubernetes appends to a generated name.
pub(super) fn suffix(parts: &[&str], length: usize) -> String {
    let mut seed = hash(parts);
    let mut letters = String::new();
    for _ in 0..length {
        let at = usize::try_from(seed % SAFE.len() as u64).unwrap_or_default();
        letters.push(SAFE.get(at).copied().map_or('x', char::from));
        seed = stir(seed);
    }
    letters
}

/// A time as Kubernetes writes it: whole seconds, UTC.
pub(super) fn time(at: Millis) -> String {
    Timestamp::from_second(at.div_euclid(1000)).map(|time| time.to_string()).unwrap_or_default()
}

/// A time with its milliseconds, as log lines carry it.
pub(super) fn exact_time(at: Millis) -> String {
    let seconds = time(at);
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), at.rem_euclid(1000))
}

/// The present.
pub(super) fn clock() -> Millis {
    Timestamp::now().as_millisecond()
}

/// `3d4h`, `47m30s` in milliseconds; nothing is no time.
pub(super) fn duration(text: &str) -> Millis {
    let mut number = 0;
    let mut sum = 0;
    for letter in text.chars() {
        match (letter.to_digit(10), letter) {
            (Some(digit), _) => number = number * 10 + Millis::from(digit),
            (None, unit) => {
                let seconds = match unit {
                    'd' => 86_400,
                    'h' => 3_600,
                    'm' => 60,
                    _ => 1,
                };
                sum += std::mem::take(&mut number) * seconds * 1000;
            }
        }
    }
    sum
}
