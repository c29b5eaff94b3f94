//! A cursor over protobuf: safe, without copies, enough for reading.
//!
//! Wire format: <https://protobuf.dev/programming-guides/encoding/>. Groups
//! (wire types 3 and 4) are not in OTLP and count as damage.

/// A field's value, by wire type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::wire) enum Field<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

/// Bytes that are not protobuf, at an offset from the start of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) struct Damage {
    pub offset: usize,
}

/// Reads the fields of one message.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(in crate::wire) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Offset of the next unread byte.
    pub(in crate::wire) fn offset(&self) -> usize {
        self.at
    }

    /// The next field's number and value; `None` at the end.
    #[inline]
    pub(in crate::wire) fn next(&mut self) -> Result<Option<(u32, Field<'a>)>, Damage> {
        if self.at >= self.bytes.len() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|n| *n != 0).ok_or(self.damage())?;
        let field = match tag & 7 {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let len = usize::try_from(self.varint()?).map_err(|_| self.damage())?;
                Field::Bytes(self.take(len)?)
            }
            5 => Field::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(self.damage()),
        };
        Ok(Some((number, field)))
    }

    /// The next varint of a packed list; `None` at the end.
    pub(in crate::wire) fn next_varint(&mut self) -> Result<Option<u64>, Damage> {
        if self.at >= self.bytes.len() { Ok(None) } else { self.varint().map(Some) }
    }

    /// Like [`Cursor::next`], for a message that may be cut: a last field that
    /// reaches past the end is given as far as it goes, flagged `false`. After
    /// damage there is nothing more.
    pub(in crate::wire) fn next_or_rest(
        &mut self,
    ) -> Result<Option<(u32, Field<'a>, bool)>, Damage> {
        let before = self.at;
        let damage = match self.next() {
            Ok(field) => return Ok(field.map(|(number, field)| (number, field, true))),
            Err(damage) => damage,
        };
        self.at = before;
        let open = (|| {
            let tag = self.varint().ok().filter(|tag| tag & 7 == 2)?;
            self.varint().ok()?;
            Some((u32::try_from(tag >> 3).ok()?, self.bytes.get(self.at..)?))
        })();
        self.at = self.bytes.len();
        match open {
            Some((number, rest)) => Ok(Some((number, Field::Bytes(rest), false))),
            None => Err(damage),
        }
    }

    fn damage(&self) -> Damage {
        Damage { offset: self.at.min(self.bytes.len()) }
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Damage> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or(self.damage())?;
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.damage())
    }

    #[inline]
    fn take(&mut self, len: usize) -> Result<&'a [u8], Damage> {
        let end = self.at.checked_add(len).ok_or(self.damage())?;
        let bytes = self.bytes.get(self.at..end).ok_or(self.damage())?;
        self.at = end;
        Ok(bytes)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| self.damage())
    }
}

impl<'a> Field<'a> {
    pub(in crate::wire) fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// An integer of any wire type; enums, flags and counts are read leniently.
    pub(in crate::wire) fn integer(self) -> Option<u64> {
        match self {
            Self::Varint(number) | Self::Fixed64(number) => Some(number),
            Self::Fixed32(number) => Some(u64::from(number)),
            Self::Bytes(_) => None,
        }
    }
}

/// Reads a varint-length prefix: its value and its own length.
pub(in crate::wire) fn length_prefix(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut cursor = Cursor::new(bytes);
    let len = cursor.varint().ok()?;
    Some((usize::try_from(len).ok()?, cursor.offset()))
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Field};

    #[test]
    fn reads_every_wire_type_and_stops_at_damage() {
        let bytes = [
            0x08, 0x96, 0x01, 0x12, 0x02, b'h', b'i', 0x1d, 1, 0, 0, 0, 0x21, 2, 0, 0, 0, 0, 0, 0,
            0,
        ];
        let mut cursor = Cursor::new(&bytes);
        assert_eq!(cursor.next(), Ok(Some((1, Field::Varint(150)))));
        assert_eq!(cursor.next(), Ok(Some((2, Field::Bytes(b"hi")))));
        assert_eq!(cursor.next(), Ok(Some((3, Field::Fixed32(1)))));
        assert_eq!(cursor.next(), Ok(Some((4, Field::Fixed64(2)))));
        assert_eq!(cursor.next(), Ok(None));
        for cut in 1..bytes.len() {
            let mut cursor = Cursor::new(&bytes[..cut]);
            while let Ok(Some(_)) = cursor.next() {}
            assert!(cursor.offset() <= cut);
        }
    }
}
