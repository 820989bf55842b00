//! Single keys of a terminal: one takes over, one gives back, digits are gestures, function keys are expressions. Everything
//! else is a line, typed as always. Pure: bytes in, lines out.

/// What follows from a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stroke {
    /// A line, as if it had been typed.
    Line(String),
    /// To be written to the terminal.
    Echo(String),
}

/// The list of the keys, for the first screen.
pub const KEYS_HELP: &str = "Tab takes over who waits longest, Esc gives back; 1–7 gestures, F1–F6 expressions; \
                             anything else is typed as a line. /help lists the commands";

/// The longest line, in bytes.
const LINE_MAX_BYTES: usize = 4_096;
/// The longest sequence of a key, in bytes; what is longer is no key.
const SEQUENCE_MAX_BYTES: usize = 8;
const ESCAPE: u8 = 0x1b;
const GESTURES: [&str; 7] = ["wave", "bow", "nod", "shake_head", "open_palms", "point", "halt"];
const MOODS: [&str; 6] = ["neutral", "happy", "sad", "relaxed", "surprised", "angry"];

/// Reads a terminal that gives every byte at once and shows none of them.
#[derive(Debug, Default)]
pub struct Keys {
    line: Vec<u8>,
    /// A sequence that began with Esc.
    sequence: Option<Vec<u8>>,
}

impl Keys {
    /// The next byte.
    pub fn push(&mut self, byte: u8) -> Vec<Stroke> {
        if let Some(mut sequence) = self.sequence.take() {
            if byte == ESCAPE {
                self.sequence = Some(Vec::new());
                return self.escape();
            }
            sequence.push(byte);
            if is_open(&sequence) {
                self.sequence = Some(sequence);
                return Vec::new();
            }
            return function_key(&sequence)
                .and_then(|n| MOODS.get(n))
                .map(|mood| command("mood", mood))
                .unwrap_or_default();
        }
        let empty = self.line.is_empty();
        match byte {
            ESCAPE => {
                self.sequence = Some(Vec::new());
                Vec::new()
            }
            b'\t' if empty => line("/next"),
            b'1'..=b'7' if empty => GESTURES
                .get(usize::from(byte - b'1'))
                .map(|gesture| command("gesture", gesture))
                .unwrap_or_default(),
            b'\r' | b'\n' => {
                let text = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
                vec![Stroke::Echo("\n".to_owned()), Stroke::Line(text)]
            }
            // The end of the input.
            4 if empty => line("/quit"),
            8 | 127 => self.rub_out(),
            0..32 => Vec::new(),
            _ if self.line.len() >= LINE_MAX_BYTES => Vec::new(),
            _ => {
                self.line.push(byte);
                self.shown()
            }
        }
    }

    /// Nothing has come for a moment: an Esc that stands alone is a key.
    pub fn pause(&mut self) -> Vec<Stroke> {
        match self.sequence.take() {
            Some(sequence) if sequence.is_empty() => self.escape(),
            _ => Vec::new(),
        }
    }

    /// Esc throws a begun line away, or else gives back.
    fn escape(&mut self) -> Vec<Stroke> {
        if self.line.is_empty() {
            return line("/give");
        }
        self.line.clear();
        vec![Stroke::Echo("\r\x1b[K".to_owned())]
    }

    fn rub_out(&mut self) -> Vec<Stroke> {
        // A character may be several bytes.
        while let Some(byte) = self.line.pop() {
            if byte & 0xc0 != 0x80 {
                break;
            }
        }
        self.redrawn()
    }

    /// The line, when its last character is whole.
    fn shown(&self) -> Vec<Stroke> {
        if std::str::from_utf8(&self.line).is_ok() { self.redrawn() } else { Vec::new() }
    }

    fn redrawn(&self) -> Vec<Stroke> {
        vec![Stroke::Echo(format!("\r\x1b[K{}", String::from_utf8_lossy(&self.line)))]
    }
}

fn line(text: &str) -> Vec<Stroke> {
    vec![Stroke::Line(text.to_owned())]
}

fn command(name: &str, value: &str) -> Vec<Stroke> {
    line(&format!("/{name} {value}"))
}

/// Whether more bytes belong to a sequence.
fn is_open(sequence: &[u8]) -> bool {
    match sequence {
        [b'[' | b'O'] | [b'[', b'['] => true,
        [b'[', .., last] => (b'0'..=b'?').contains(last) && sequence.len() < SEQUENCE_MAX_BYTES,
        _ => false,
    }
}

/// The number of a function key, from 0.
fn function_key(sequence: &[u8]) -> Option<usize> {
    Some(match sequence {
        // As xterm, the Linux console, and older terminals say it.
        [b'O', key @ b'P'..=b'S'] => usize::from(key - b'P'),
        [b'[', b'[', key @ b'A'..=b'E'] => usize::from(key - b'A'),
        [b'[', b'1', key @ b'1'..=b'5', b'~'] => usize::from(key - b'1'),
        b"[17~" => 5,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse;
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let mut keys = Keys::default();
        let mut strokes: Vec<Stroke> = bytes.iter().flat_map(|byte| keys.push(*byte)).collect();
        strokes.extend(keys.pause());
        let lines = strokes.into_iter().filter_map(|stroke| match stroke {
            Stroke::Line(line) => Some(line),
            Stroke::Echo(_) => None,
        });
        lines.collect()
    }

    #[test]
    fn one_key_is_one_command() {
        assert_eq!(lines(b"\t"), ["/next"]);
        assert_eq!(lines(b"\x1b"), ["/give"]);
        assert_eq!(lines(b"17"), ["/gesture wave", "/gesture halt"]);
        for first in [&b"\x1bOP"[..], b"\x1b[11~", b"\x1b[[A"] {
            assert_eq!(lines(first), ["/mood neutral"]);
        }
        assert_eq!(lines(b"\x1bOQ\x1b[15~\x1b[17~"), ["/mood happy", "/mood surprised", "/mood angry"]);
        assert_eq!(lines(b"\x04"), ["/quit"]);
        // Arrows, and keys that mean nothing here, are not Esc.
        assert_eq!(lines(b"\x1b[A\x1b[1;5C\x1b[24~\x1b[3~"), Vec::<String>::new());
    }

    #[test]
    fn everything_else_is_a_line() {
        assert_eq!(lines("Gate 7 ist dö\x7fort.\r".as_bytes()), ["Gate 7 ist dort."]);
        assert_eq!(lines("你好\x7f\x7f\n".as_bytes()), [""]);
        assert_eq!(lines(b"never mind\x1b\x1b"), ["/give"], "the first Esc throws the line away");
        assert_eq!(lines(b"a\tb\r"), ["ab"]);
    }

    #[test]
    fn every_command_of_a_key_is_one_that_the_console_knows() {
        let keys =
            [&b"\t"[..], b"1234567", b"\x1bOP\x1bOQ\x1bOR\x1bOS\x1b[15~\x1b[17~", b"\x04", b"\x1b"].concat();
        let lines = lines(&keys);
        assert_eq!(lines.len(), 1 + 1 + 7 + 6 + 1);
        lines.iter().for_each(|line| assert!(parse(line).is_ok(), "{line}"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_and_nothing_grows_without_bound(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut keys = Keys::default();
            for byte in bytes {
                keys.push(byte);
                prop_assert!(keys.sequence.as_ref().is_none_or(|s| s.len() <= SEQUENCE_MAX_BYTES));
            }
        }
    }
}
