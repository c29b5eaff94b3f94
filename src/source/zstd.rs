//! Zstandard as a stream: frame after frame, and of a damaged frame all that
//! comes before the damage.

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, BufRead, ErrorKind, Read};

/// An empty last block and a checksum that nobody looks at: it makes the
/// decoder give out the window that it keeps back for later blocks.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// Frames of one stream; a frame may hold nothing at all.
const MAX_FRAMES: usize = 1_000_000;

/// Decodes all frames of `inner`.
pub(super) struct ZstdReader<R> {
    inner: R,
    frame: FrameDecoder,
    frames: usize,
    state: State,
}

enum State {
    /// Between frames.
    Between,
    /// In a frame.
    Inside,
    /// In a frame that is damaged; what was decoded is still to be handed out.
    Damaged(io::Error),
    /// At the end.
    Over,
}

impl<R: BufRead> ZstdReader<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, frame: FrameDecoder::new(), frames: 0, state: State::Between }
    }

    fn begin(&mut self) -> io::Result<()> {
        if self.inner.fill_buf()?.is_empty() {
            self.state = State::Over;
            return Ok(());
        }
        self.frames += 1;
        if self.frames > MAX_FRAMES {
            let why = "it has more than a million frames";
            return Err(io::Error::new(ErrorKind::InvalidData, why));
        }
        match self.frame.reset(&mut self.inner) {
            Ok(()) => self.state = State::Inside,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let wanted = u64::from(length);
                if io::copy(&mut (&mut self.inner).take(wanted), &mut io::sink())? < wanted {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
            }
            Err(error) => return Err(self.explain(&error)),
        }
        Ok(())
    }

    fn decode_block(&mut self) {
        let decoded =
            self.frame.decode_blocks(&mut self.inner, BlockDecodingStrategy::UptoBlocks(1));
        if let Err(error) = decoded {
            self.state = State::Damaged(self.explain(&error));
            // Only the error found first matters.
            let _ = self.frame.decode_blocks(&LAST_BLOCK[..], BlockDecodingStrategy::UptoBlocks(1));
        }
    }

    fn end_frame(&mut self) -> io::Result<()> {
        self.state = State::Between;
        match (self.frame.get_checksum_from_data(), self.frame.get_calculated_checksum()) {
            (Some(said), Some(found)) if said != found => {
                Err(io::Error::new(ErrorKind::InvalidData, "the checksum does not match"))
            }
            _ => Ok(()),
        }
    }

    /// A short end reads better than the decoder's words for it.
    fn explain(&mut self, error: &FrameDecoderError) -> io::Error {
        match self.inner.fill_buf() {
            Ok([]) => ErrorKind::UnexpectedEof.into(),
            Ok(_) => io::Error::new(ErrorKind::InvalidData, error.to_string()),
            Err(error) => error,
        }
    }
}

impl<R: BufRead> Read for ZstdReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match &self.state {
                State::Over => return Ok(0),
                State::Between => {
                    if let Err(error) = self.begin() {
                        self.state = State::Over;
                        return Err(error);
                    }
                    continue;
                }
                State::Inside | State::Damaged(_) => {}
            }
            if self.frame.can_collect() > 0 {
                return self.frame.read(buf);
            }
            match std::mem::replace(&mut self.state, State::Over) {
                State::Damaged(error) => return Err(error),
                _ if self.frame.is_finished() => self.end_frame()?,
                inside => {
                    self.state = inside;
                    self.decode_block();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ZstdReader;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    use std::io::{ErrorKind, Read};

    fn text(lines: usize) -> String {
        (0..lines)
            .map(|line| format!("line {line} of the file, {}\n", line * 7919 % 1013))
            .collect()
    }

    fn unpack(packed: &[u8]) -> (Vec<u8>, Option<ErrorKind>) {
        let mut out = Vec::new();
        let error = ZstdReader::new(packed).read_to_end(&mut out).err();
        (out, error.map(|error| error.kind()))
    }

    #[test]
    fn frames_follow_each_other() {
        let text = text(20_000);
        let mut packed = vec![0x51, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        packed.extend(compress_to_vec(text.as_bytes(), CompressionLevel::Fastest));
        packed.extend(compress_to_vec(&b"end"[..], CompressionLevel::Fastest));
        let (out, error) = unpack(&packed);
        assert_eq!(error, None);
        assert!(out == [text.as_bytes(), b"end"].concat());
    }

    #[test]
    fn a_cut_frame_gives_what_comes_before_the_cut() {
        let text = text(40_000);
        let packed = compress_to_vec(text.as_bytes(), CompressionLevel::Fastest);
        let (out, error) = unpack(&packed[..packed.len() * 2 / 3]);
        assert_eq!(error, Some(ErrorKind::UnexpectedEof));
        assert!(out.len() > text.len() / 3, "{} of {}", out.len(), text.len());
        assert!(text.as_bytes().starts_with(&out));
    }

    #[test]
    fn damage_anywhere_is_an_error_or_harmless() {
        let text = text(3_000);
        let packed = compress_to_vec(text.as_bytes(), CompressionLevel::Fastest);
        for at in (0..packed.len()).step_by(7) {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x55;
            let (out, error) = unpack(&damaged);
            assert!(error.is_some() || out.len() <= text.len() * 2, "byte {at}");
            unpack(&packed[..at]);
        }
    }
}
