//! A resumable check of one JSON value: where it ends, or where it breaks.
//!
//! The value may come in pieces: the scanner keeps its place, so a line of any
//! length is looked at once. Text is skipped at memchr speed; nothing is
//! copied, decoded or allocated but the stack of open brackets.

use memchr::memchr3;

/// Deeper nesting is refused, as by serde_json.
pub(super) const MAX_DEPTH: usize = 120;

/// What a look at the bytes so far says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// The value ends before this position.
    Done(usize),
    /// More bytes are needed.
    More,
    /// No JSON: the position of the offending byte.
    Broken(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
}

/// The state of a scan.
#[derive(Clone, Debug)]
pub(super) struct Scanner {
    at: usize,
    stack: Vec<u8>,
    /// Open brackets that there may be.
    room: usize,
    expect: Expect,
    in_string: bool,
    /// Line feeds passed.
    pub lines: u64,
    /// Whether a key with its colon was seen: broken text that never got so
    /// far was no JSON to begin with.
    pub had_key: bool,
}

impl Scanner {
    /// A scan of the value that starts at `at`.
    pub(super) fn new(at: usize) -> Self {
        Self::inside(at, 0)
    }

    /// A scan of the value that starts at `at`, `depth` levels inside another.
    pub(super) fn inside(at: usize, depth: usize) -> Self {
        Self {
            at,
            stack: Vec::new(),
            room: MAX_DEPTH.saturating_sub(depth),
            expect: Expect::Value,
            in_string: false,
            lines: 0,
            had_key: false,
        }
    }

    /// Goes on at `at`, where the line that broke the scan was taken out.
    pub(super) fn resume(&mut self, at: usize) {
        self.at = at;
    }

    /// Goes on over `bytes`, which begin as in the call before.
    pub(super) fn run(&mut self, bytes: &[u8]) -> Scan {
        loop {
            if self.in_string {
                match self.string(bytes) {
                    Some(outcome) => return outcome,
                    None => continue,
                }
            }
            let Some(&byte) = bytes.get(self.at) else { return Scan::More };
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' => {
                    self.lines += 1;
                    self.at += 1;
                }
                _ => {
                    if let Some(outcome) = self.token(byte, bytes) {
                        return outcome;
                    }
                }
            }
        }
    }

    /// Skips the rest of a string; `None` means that it ended inside a value.
    fn string(&mut self, bytes: &[u8]) -> Option<Scan> {
        let rest = bytes.get(self.at..).unwrap_or_default();
        let Some(found) = memchr3(b'"', b'\\', b'\n', rest) else {
            self.at = bytes.len();
            return Some(Scan::More);
        };
        let at = self.at + found;
        match bytes.get(at) {
            Some(b'"') => {
                self.in_string = false;
                self.at = at + 1;
                if matches!(self.expect, Expect::Key | Expect::KeyOrEnd) {
                    self.expect = Expect::Colon;
                    None
                } else {
                    self.end_value()
                }
            }
            Some(b'\\') => match bytes.get(at + 1) {
                None => {
                    self.at = at;
                    Some(Scan::More)
                }
                Some(b'\n' | b'\r') => Some(Scan::Broken(at)),
                Some(_) => {
                    self.at = at + 2;
                    None
                }
            },
            _ => Some(Scan::Broken(at)),
        }
    }

    fn token(&mut self, byte: u8, bytes: &[u8]) -> Option<Scan> {
        let broken = Some(Scan::Broken(self.at));
        let value = matches!(self.expect, Expect::Value | Expect::ValueOrEnd);
        match (byte, self.expect) {
            (b'"', Expect::Colon | Expect::CommaOrEnd) => return broken,
            (b'"', _) => {
                self.in_string = true;
                self.at += 1;
            }
            (b'{' | b'[', _) if value => {
                if self.stack.len() >= self.room {
                    return broken;
                }
                self.stack.push(byte);
                self.expect = if byte == b'{' { Expect::KeyOrEnd } else { Expect::ValueOrEnd };
                self.at += 1;
            }
            (b'}', Expect::KeyOrEnd | Expect::CommaOrEnd) if self.stack.last() == Some(&b'{') => {
                return self.close();
            }
            (b']', Expect::ValueOrEnd | Expect::CommaOrEnd) if self.stack.last() == Some(&b'[') => {
                return self.close();
            }
            (b':', Expect::Colon) => {
                self.had_key = true;
                self.expect = Expect::Value;
                self.at += 1;
            }
            (b',', Expect::CommaOrEnd) => {
                let in_object = self.stack.last() == Some(&b'{');
                self.expect = if in_object { Expect::Key } else { Expect::Value };
                self.at += 1;
            }
            _ if value => return self.scalar(bytes),
            _ => return broken,
        }
        None
    }

    fn close(&mut self) -> Option<Scan> {
        self.stack.pop();
        self.at += 1;
        self.end_value()
    }

    fn end_value(&mut self) -> Option<Scan> {
        self.expect = Expect::CommaOrEnd;
        self.stack.is_empty().then_some(Scan::Done(self.at))
    }

    fn scalar(&mut self, bytes: &[u8]) -> Option<Scan> {
        let rest = bytes.get(self.at..).unwrap_or_default();
        let Some(len) = scalar_len(rest) else {
            // A longer word than any scalar is none.
            let ends = rest.len() > 64 || rest.iter().any(|b| !is_scalar_part(*b));
            return Some(if ends { Scan::Broken(self.at) } else { Scan::More });
        };
        self.at += len;
        self.end_value()
    }
}

fn is_scalar_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// Length of the number or word that the bytes begin with; `None` where there
/// is none or it may go on behind them.
pub(super) fn scalar_len(bytes: &[u8]) -> Option<usize> {
    let len = bytes.iter().position(|b| !is_scalar_part(*b))?;
    let word = bytes.get(..len)?;
    let number = word.first().is_some_and(|b| b.is_ascii_digit() || *b == b'-')
        && word.iter().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    (number || matches!(word, b"true" | b"false" | b"null")).then_some(len)
}

#[cfg(test)]
mod tests {
    use super::{Scan, Scanner};

    #[test]
    fn ends_and_breaks() {
        for (text, expected) in [
            (r#"{"a":"x\"}","b":[1,{"c":null}]} tail"#, Scan::Done(31)),
            ("{}", Scan::Done(2)),
            (r#"{"a":1"#, Scan::More),
            ("{channels: 2}", Scan::Broken(1)),
            ("{\"type\": \"x\",\n **HERE** }", Scan::Broken(15)),
            (r#"{"a":1,}"#, Scan::Broken(7)),
            ("{\"a\":\"cut\n{\"b\":1}", Scan::Broken(9)),
            (r#"{"a":tru}"#, Scan::Broken(5)),
        ] {
            assert_eq!(Scanner::new(0).run(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn may_come_in_pieces() {
        let text = br#"{"type":"a\\\"b","n":[-1.5e3,true],"o":{"k":"\u00e9"}}"#;
        let whole = Scanner::new(0).run(text);
        let mut scanner = Scanner::new(0);
        for end in 1..text.len() {
            assert_eq!(scanner.run(&text[..end]), Scan::More);
        }
        assert_eq!(scanner.run(text), whole);
        assert_eq!(whole, Scan::Done(text.len()));
    }
}
