//! The store: everything read so far, each span once.
//!
//! One owner appends batches; everything else reads. Rows keep the order in
//! which they arrived, so readers that must not depend on it sort.

mod append;
mod content;
mod read;
mod view;

pub use append::Appended;
pub use view::SpanView;

use super::batch::{Batch, PartRow};
use super::{PartIx, ResourceIx, ScopeIx, SpanIx};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

/// Everything read so far.
#[derive(Clone, Debug, Default)]
pub struct Store {
    tables: Batch,
    parts: Vec<PartRow>,
    span_index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    resource_index: HashMap<String, ResourceIx>,
    scope_index: HashMap<(ResourceIx, String), ScopeIx>,
    clashes: Vec<SpanIx>,
    duplicates: usize,
}

impl Store {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a part; records carry its id.
    pub fn add_part(&mut self, part: PartRow) -> PartIx {
        self.parts.push(part);
        PartIx::from(self.parts.len() - 1)
    }

    /// The part of an id.
    #[must_use]
    pub fn part(&self, part: PartIx) -> Option<&PartRow> {
        self.parts.get(part.index())
    }
}
