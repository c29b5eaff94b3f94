//! Attribute values: all kinds of OTLP's `AnyValue` in 16 bytes a row.
//!
//! A row is a key, a tag and a 64-bit payload; text is an id of [`Strings`],
//! lists are ranges of a second table of rows. Nothing is parsed here.

use super::text::{StrId, Strings};

/// What kind of value a row holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tag {
    #[default]
    Empty,
    Str,
    Bool,
    Int,
    Double,
    Bytes,
    Array,
    KvList,
}

/// A value without a key, as rows store it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ValueRow {
    pub(super) tag: Tag,
    pub(super) payload: u64,
}

impl ValueRow {
    /// The id of the text, if this is text.
    #[must_use]
    pub fn text_id(self) -> Option<StrId> {
        (self.tag == Tag::Str).then_some(StrId(self.payload as u32))
    }
}

/// A key and a value, as rows store it: 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AttrRow {
    pub(super) payload: u64,
    pub(super) key: StrId,
    pub(super) tag: Tag,
}

impl AttrRow {
    /// The key's id.
    #[must_use]
    pub fn key(&self) -> StrId {
        self.key
    }

    /// The value's row.
    #[must_use]
    pub fn value(&self) -> ValueRow {
        ValueRow { tag: self.tag, payload: self.payload }
    }
}

/// A contiguous range of attribute rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attrs {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl Attrs {
    /// Number of attributes.
    #[must_use]
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// A value as readers see it. Numbers keep the type the sender chose.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// An `AnyValue` with nothing set: `None` in Python, `null` in JSON.
    Empty,
    /// Text.
    Str(&'a str),
    /// A truth value.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// A double; may be NaN or infinite.
    Double(f64),
    /// Raw bytes.
    Bytes(&'a [u8]),
    /// A list of values.
    Array(List<'a>),
    /// A list of keys and values, in the sender's order.
    KvList(List<'a>),
}

impl<'a> Value<'a> {
    /// The text, if this is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The number, also where the sender wrote it as text (`"9"`).
    /// Text that is no number, and every other kind, give `None`.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            Self::Str(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        }
    }

    /// The whole number, also from text and from an integral double.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Double(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                Some(*number as i64)
            }
            Self::Str(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The truth value, also from the texts `true`/`false` in any case.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            Self::Str(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Self::Str(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// The list, if this is an array or a key-value list.
    #[must_use]
    pub fn as_list(&self) -> Option<List<'a>> {
        match self {
            Self::Array(list) | Self::KvList(list) => Some(*list),
            _ => None,
        }
    }

    /// A member of a key-value list.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        match self {
            Self::KvList(list) => list.get(key),
            _ => None,
        }
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

/// Items of an array or key-value list, or the attributes of a record.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    pub(super) values: &'a Values,
    pub(super) strings: &'a Strings,
    pub(super) rows: &'a [AttrRow],
}

impl<'a> List<'a> {
    /// Keys (empty in arrays) and values, in the sender's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'a str, Value<'a>)> + use<'a> {
        let Self { values, strings, rows } = *self;
        rows.iter().map(move |row| (strings.get(row.key), values.view(strings, row.value())))
    }

    /// The first value under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        let key = self.strings.find(key)?;
        let row = self.rows.iter().find(|row| row.key == key)?;
        Some(self.values.view(self.strings, row.value()))
    }

    /// The first value under a key that is already known as an id: no hashing.
    #[must_use]
    pub fn get_id(&self, key: StrId) -> Option<Value<'a>> {
        let row = self.rows.iter().find(|row| row.key == key)?;
        Some(self.values.view(self.strings, row.value()))
    }

    /// The row of the first value under a key.
    #[must_use]
    pub fn row_id(&self, key: StrId) -> Option<ValueRow> {
        self.rows.iter().find(|row| row.key == key).map(AttrRow::value)
    }

    /// Ids of the keys, in the sender's order.
    pub fn keys(&self) -> impl Iterator<Item = StrId> + use<'a> {
        self.rows.iter().map(|row| row.key)
    }

    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// The tables of attribute rows, list items and bytes.
#[derive(Clone, Debug, Default)]
pub struct Values {
    attrs: Vec<AttrRow>,
    items: Vec<AttrRow>,
    bytes: Vec<Box<[u8]>>,
}

impl Values {
    /// An empty value.
    #[must_use]
    pub fn empty() -> ValueRow {
        ValueRow::default()
    }

    /// Text that is already interned.
    #[must_use]
    pub fn str(id: StrId) -> ValueRow {
        ValueRow { tag: Tag::Str, payload: u64::from(id.0) }
    }

    /// A truth value.
    #[must_use]
    pub fn bool(truth: bool) -> ValueRow {
        ValueRow { tag: Tag::Bool, payload: u64::from(truth) }
    }

    /// An integer.
    #[must_use]
    pub fn int(number: i64) -> ValueRow {
        ValueRow { tag: Tag::Int, payload: number as u64 }
    }

    /// A double.
    #[must_use]
    pub fn double(number: f64) -> ValueRow {
        ValueRow { tag: Tag::Double, payload: number.to_bits() }
    }

    /// Raw bytes, copied.
    pub fn bytes(&mut self, bytes: &[u8]) -> ValueRow {
        self.bytes.push(bytes.into());
        ValueRow { tag: Tag::Bytes, payload: (self.bytes.len() - 1) as u64 }
    }

    /// An array of values that were made before.
    pub fn array(&mut self, items: &[ValueRow]) -> ValueRow {
        let start = self.items.len();
        self.items.extend(items.iter().map(|v| keyed(StrId::EMPTY, *v)));
        ValueRow { tag: Tag::Array, payload: pack(start, items.len()) }
    }

    /// A key-value list of values that were made before.
    pub fn kvlist(&mut self, items: &[(StrId, ValueRow)]) -> ValueRow {
        let start = self.items.len();
        self.items.extend(items.iter().map(|(key, v)| keyed(*key, *v)));
        ValueRow { tag: Tag::KvList, payload: pack(start, items.len()) }
    }

    /// Stores a record's attributes and gives their range.
    pub fn attrs(&mut self, attrs: &[(StrId, ValueRow)]) -> Attrs {
        let start = self.attrs.len() as u32;
        self.attrs.extend(attrs.iter().map(|(key, v)| keyed(*key, *v)));
        Attrs { start, len: attrs.len() as u32 }
    }

    /// The rows of a range.
    #[must_use]
    pub fn rows(&self, range: Attrs) -> &[AttrRow] {
        let start = range.start as usize;
        self.attrs.get(start..start + range.len as usize).unwrap_or(&[])
    }

    /// Number of rows held (attributes and list items).
    #[must_use]
    pub fn len(&self) -> usize {
        self.attrs.len() + self.items.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reserves room for `attrs` more attribute rows.
    pub fn reserve(&mut self, attrs: usize) {
        self.attrs.reserve(attrs);
    }

    /// A row as a reader sees it.
    #[must_use]
    pub fn view<'a>(&'a self, strings: &'a Strings, row: ValueRow) -> Value<'a> {
        let list = || {
            let (start, len) = unpack(row.payload);
            let rows = self.items.get(start..start + len).unwrap_or(&[]);
            List { values: self, strings, rows }
        };
        match row.tag {
            Tag::Empty => Value::Empty,
            Tag::Str => Value::Str(strings.get(StrId(row.payload as u32))),
            Tag::Bool => Value::Bool(row.payload != 0),
            Tag::Int => Value::Int(row.payload as i64),
            Tag::Double => Value::Double(f64::from_bits(row.payload)),
            Tag::Bytes => Value::Bytes(self.bytes.get(row.payload as usize).map_or(&[], |b| &**b)),
            Tag::Array => Value::Array(list()),
            Tag::KvList => Value::KvList(list()),
        }
    }

    /// Attributes as a reader sees them.
    #[must_use]
    pub fn list<'a>(&'a self, strings: &'a Strings, range: Attrs) -> List<'a> {
        List { values: self, strings, rows: self.rows(range) }
    }

    /// Moves another table's rows to the end of this one; `text` maps the
    /// other's string ids. Ranges and values of the other are then translated
    /// with the returned [`Moved`].
    pub(super) fn absorb(&mut self, other: Values, text: &[StrId]) -> Moved {
        let moved = Moved {
            attrs: self.attrs.len() as u32,
            items: self.items.len(),
            bytes: self.bytes.len(),
        };
        if self.attrs.is_empty() && self.items.is_empty() && self.bytes.is_empty() {
            let Values { attrs, items, bytes } = other;
            (self.attrs, self.items, self.bytes) = (attrs, items, bytes);
            for row in self.attrs.iter_mut().chain(&mut self.items) {
                *row = moved.row(*row, text);
            }
            return moved;
        }
        self.attrs.extend(other.attrs.iter().map(|row| moved.row(*row, text)));
        self.items.extend(other.items.iter().map(|row| moved.row(*row, text)));
        self.bytes.extend(other.bytes);
        moved
    }
}

/// How rows of an absorbed table are found in the absorbing one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moved {
    attrs: u32,
    items: usize,
    bytes: usize,
}

impl Moved {
    pub(super) fn attrs(&self, range: Attrs) -> Attrs {
        Attrs { start: range.start + self.attrs, len: range.len }
    }

    pub(super) fn value(&self, row: ValueRow, text: &[StrId]) -> ValueRow {
        let payload = match row.tag {
            Tag::Str => u64::from(map(text, StrId(row.payload as u32)).0),
            Tag::Bytes => row.payload + self.bytes as u64,
            Tag::Array | Tag::KvList => {
                let (start, len) = unpack(row.payload);
                pack(start + self.items, len)
            }
            _ => row.payload,
        };
        ValueRow { tag: row.tag, payload }
    }

    fn row(&self, row: AttrRow, text: &[StrId]) -> AttrRow {
        keyed(map(text, row.key), self.value(row.value(), text))
    }
}

pub(super) fn map(text: &[StrId], id: StrId) -> StrId {
    text.get(id.0 as usize).copied().unwrap_or(StrId::EMPTY)
}

fn keyed(key: StrId, value: ValueRow) -> AttrRow {
    AttrRow { key, tag: value.tag, payload: value.payload }
}

fn pack(start: usize, len: usize) -> u64 {
    ((start as u64) << 32) | (len as u64 & 0xffff_ffff)
}

fn unpack(payload: u64) -> (usize, usize) {
    ((payload >> 32) as usize, (payload & 0xffff_ffff) as usize)
}
