//! Interned text: every distinct string once, handed out as a dense id.
//!
//! Text is kept in chunks so that growth never copies what is already there;
//! a million spans repeat a few thousand names and keys.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// A string of one [`Strings`]. The empty string is always [`StrId::EMPTY`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StrId(pub u32);

impl StrId {
    /// The empty string.
    pub const EMPTY: Self = Self(0);

    /// Whether this is the empty string.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }
}

const CHUNK_BYTES: usize = 1 << 20;

#[derive(Clone, Copy, Debug, Default)]
struct Spot {
    chunk: u32,
    start: u32,
    len: u32,
}

/// The interner.
#[derive(Clone, Debug)]
pub struct Strings {
    chunks: Vec<String>,
    spots: Vec<Spot>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Default for Strings {
    fn default() -> Self {
        let mut strings = Self {
            chunks: Vec::new(),
            spots: Vec::new(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        };
        strings.intern("");
        strings
    }
}

impl Strings {
    /// The id of `text`, adding it when it is new.
    pub fn intern(&mut self, text: &str) -> StrId {
        let hash = self.hasher.hash_one(text);
        if let Some(&id) = self.table.find(hash, |&id| self.get(StrId(id)) == text) {
            return StrId(id);
        }
        let id = u32::try_from(self.spots.len()).unwrap_or(u32::MAX);
        let spot = self.store(text);
        self.spots.push(spot);
        let Self { table, spots, chunks, hasher } = self;
        table.insert_unique(hash, id, |&other| {
            hasher.hash_one(resolve(chunks, spots, StrId(other)))
        });
        StrId(id)
    }

    /// The id of `text` if it is known; never adds.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<StrId> {
        let hash = self.hasher.hash_one(text);
        self.table.find(hash, |&id| self.get(StrId(id)) == text).map(|&id| StrId(id))
    }

    /// The text of an id; empty for an id of another interner.
    #[must_use]
    pub fn get(&self, id: StrId) -> &str {
        resolve(&self.chunks, &self.spots, id)
    }

    /// Number of distinct strings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spots.len()
    }

    /// Whether nothing but the empty string is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spots.len() <= 1
    }

    /// Bytes of text held.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        self.chunks.iter().map(String::len).sum()
    }

    /// All strings in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.spots.len()).map(|at| self.get(StrId(at as u32)))
    }

    fn store(&mut self, text: &str) -> Spot {
        let fits =
            self.chunks.last().is_some_and(|chunk| chunk.capacity() - chunk.len() >= text.len());
        if !fits {
            self.chunks.push(String::with_capacity(CHUNK_BYTES.max(text.len())));
        }
        let chunk = self.chunks.len().saturating_sub(1);
        let mut start = 0;
        if let Some(last) = self.chunks.last_mut() {
            start = last.len();
            last.push_str(text);
        }
        Spot { chunk: chunk as u32, start: start as u32, len: text.len() as u32 }
    }
}

fn resolve<'a>(chunks: &'a [String], spots: &[Spot], id: StrId) -> &'a str {
    let Some(spot) = spots.get(id.0 as usize) else { return "" };
    let start = spot.start as usize;
    chunks
        .get(spot.chunk as usize)
        .and_then(|chunk| chunk.get(start..start + spot.len as usize))
        .unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::{StrId, Strings};

    #[test]
    fn same_text_same_id() {
        let mut strings = Strings::default();
        let one = strings.intern("llm_node");
        let long = strings.intern(&"x".repeat(3 << 20));
        assert_eq!(strings.intern("llm_node"), one);
        assert_eq!(strings.get(one), "llm_node");
        assert_eq!(strings.get(long).len(), 3 << 20);
        assert_eq!(strings.intern(""), StrId::EMPTY);
        assert_eq!(strings.find("nowhere"), None);
        assert_eq!(strings.len(), 3);
    }
}
