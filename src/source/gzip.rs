//! Gzip as a stream: member after member, as many as there may be.

use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, ErrorKind, Read};

/// Members of one stream. Loggers write one a flush; a stream of millions of
/// (nearly) empty ones takes long and gives nothing.
const MAX_MEMBERS: usize = 1_000_000;

/// Decodes all members of a stream.
pub(super) struct GzipReader<R> {
    state: State<R>,
    members: usize,
}

enum State<R> {
    /// Before a member.
    Between(R),
    /// In a member.
    Inside(Box<GzDecoder<R>>),
    /// At the end, or after an error.
    Over,
}

impl<R: BufRead> GzipReader<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { state: State::Between(inner), members: 0 }
    }

    /// The next member; zeros after the last one are padding.
    fn next(&mut self, mut inner: R) -> io::Result<State<R>> {
        loop {
            let ahead = inner.fill_buf()?;
            let padding = ahead.iter().take_while(|byte| **byte == 0).count();
            match ahead.get(padding) {
                _ if ahead.is_empty() => return Ok(State::Over),
                None => inner.consume(padding),
                Some(0x1f) if padding == 0 => break,
                Some(_) => return Err(invalid("something else comes after the last member")),
            }
        }
        self.members += 1;
        if self.members > MAX_MEMBERS {
            return Err(invalid("it has more than a million members"));
        }
        Ok(State::Inside(Box::new(GzDecoder::new(inner))))
    }
}

fn invalid(why: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}

impl<R: BufRead> Read for GzipReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(&mut self.state, State::Over) {
                State::Over => return Ok(0),
                State::Between(inner) => self.state = self.next(inner)?,
                State::Inside(mut decoder) => match decoder.read(buf)? {
                    0 => self.state = State::Between(decoder.into_inner()),
                    count => {
                        self.state = State::Inside(decoder);
                        return Ok(count);
                    }
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::GzipReader;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::{ErrorKind, Read, Write};

    fn member(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn members_follow_each_other() {
        let two = [member("one "), member(""), member("two")].concat();
        for (bytes, error) in [
            (two.clone(), None),
            ([two.as_slice(), &[0; 600]].concat(), None),
            ([two.as_slice(), b"tail"].concat(), Some(ErrorKind::InvalidData)),
            ([two.as_slice(), b"\0\0tail"].concat(), Some(ErrorKind::InvalidData)),
            ([two.as_slice(), &member("x")[..9]].concat(), Some(ErrorKind::UnexpectedEof)),
        ] {
            let mut text = Vec::new();
            let found = GzipReader::new(bytes.as_slice()).read_to_end(&mut text);
            assert_eq!(found.err().map(|error| error.kind()), error);
            assert_eq!(text, b"one two");
        }
    }

    #[test]
    fn a_million_members_are_enough() {
        let bytes = member("").repeat(1_000_002);
        let mut text = Vec::new();
        let error = GzipReader::new(bytes.as_slice()).read_to_end(&mut text).unwrap_err();
        assert_eq!(error.to_string(), "it has more than a million members");
    }
}
