//! A reader that cannot fail and cannot run away.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read};
use std::rc::Rc;

/// A number of bytes that several readers count on.
pub(super) type Meter = Rc<Cell<u64>>;

/// Why a [`Guard`] ended before its input did.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The bytes below are damaged or cut off, or the system failed.
    Damaged(io::Error),
    /// Too many bytes for what they were packed into.
    Ratio,
    /// The source has used up its bytes.
    Bytes,
}

/// Hands bytes on until something is wrong; then it ends, and keeps why.
///
/// Who reads a part sees an ordinary end: whatever was readable is handed out,
/// and the decoder says itself where its last record is cut.
#[derive(Debug)]
pub(super) struct Guard<R> {
    inner: R,
    remaining: Meter,
    given: u64,
    packed: Option<Packed>,
    trouble: Option<Trouble>,
}

/// How much the bytes were packed into, and how much that may have saved.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    pub(super) bytes: Meter,
    pub(super) max_ratio: u64,
    pub(super) floor: u64,
}

impl Packed {
    /// Whether `unpacked` bytes are more than the packed ones may become.
    pub(super) fn refuses(&self, unpacked: u64) -> bool {
        unpacked > self.floor && unpacked > self.bytes.get().max(1).saturating_mul(self.max_ratio)
    }
}

impl<R: Read> Guard<R> {
    /// A guard that takes from `remaining` bytes, shared by a whole source.
    pub(super) fn new(inner: R, remaining: Meter, packed: Option<Packed>) -> Self {
        Self { inner, remaining, given: 0, packed, trouble: None }
    }

    /// Bytes handed on so far.
    pub(super) fn given(&self) -> u64 {
        self.given
    }

    /// Whether something went wrong.
    pub(super) fn is_troubled(&self) -> bool {
        self.trouble.is_some()
    }

    /// What went wrong, once.
    pub(super) fn take_trouble(&mut self) -> Option<Trouble> {
        self.trouble.take()
    }

    fn stop(&mut self, trouble: Trouble) -> io::Result<usize> {
        self.trouble = Some(trouble);
        Ok(0)
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.trouble.is_some() || buf.is_empty() {
            return Ok(0);
        }
        let remaining = self.remaining.get();
        if remaining == 0 {
            // Only more bytes would be over the limit; the end is not.
            let mut probe = [0];
            return match self.inner.read(&mut probe) {
                Ok(0) => Ok(0),
                Ok(_) => self.stop(Trouble::Bytes),
                Err(error) => self.stop(Trouble::Damaged(error)),
            };
        }
        let most = usize::try_from(remaining).unwrap_or(usize::MAX).min(buf.len());
        let read = loop {
            // A signal is no damage, and decoders above could not go on.
            match self.inner.read(buf.get_mut(..most).unwrap_or_default()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        match read {
            Ok(count) => {
                self.given += count as u64;
                self.remaining.set(remaining.saturating_sub(count as u64));
                if self.packed.as_ref().is_some_and(|packed| packed.refuses(self.given)) {
                    self.trouble = Some(Trouble::Ratio);
                }
                Ok(count)
            }
            Err(error) => self.stop(Trouble::Damaged(error)),
        }
    }
}

/// Counts what is read through it.
#[derive(Debug)]
pub(super) struct Counted<R> {
    inner: R,
    count: Meter,
}

impl<R: Read> Counted<R> {
    pub(super) fn new(inner: R, count: Meter) -> Self {
        Self { inner, count }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buf)?;
        self.count.set(self.count.get() + count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::{Guard, Meter, Packed, Trouble};
    use std::cell::Cell;
    use std::io::{self, Read};
    use std::rc::Rc;

    fn meter(bytes: u64) -> Meter {
        Rc::new(Cell::new(bytes))
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        let remaining = meter(5);
        let mut all = String::new();
        let mut guard = Guard::new(&b"12345"[..], Rc::clone(&remaining), None);
        guard.read_to_string(&mut all).unwrap();
        assert!(guard.take_trouble().is_none());
        let mut guard = Guard::new(&b"6"[..], remaining, None);
        guard.read_to_string(&mut all).unwrap();
        assert!(matches!(guard.take_trouble(), Some(Trouble::Bytes)));
        assert_eq!(all, "12345");
    }

    #[test]
    fn zeros_from_nothing_are_stopped() {
        let packed = Packed { bytes: meter(1000), max_ratio: 100, floor: 50_000 };
        let mut guard = Guard::new(io::repeat(0), meter(u64::MAX), Some(packed));
        let given = io::copy(&mut guard, &mut io::sink()).unwrap();
        assert!((100_001..200_000).contains(&given), "{given}");
        assert!(matches!(guard.take_trouble(), Some(Trouble::Ratio)));
    }
}
