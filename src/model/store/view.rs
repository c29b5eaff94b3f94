//! A span with the tables behind it.

use super::Store;
use crate::model::value::{List, Value};
use crate::model::{EventRow, LinkRow, SpanIx, SpanRow};

/// A span as readers use it: its row with the tables behind it.
#[derive(Clone, Copy, Debug)]
pub struct SpanView<'a> {
    /// The store.
    pub store: &'a Store,
    /// The row's position.
    pub ix: SpanIx,
    /// The row.
    pub row: &'a SpanRow,
}

impl<'a> SpanView<'a> {
    /// Name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.store.str(self.row.name)
    }

    /// Attributes.
    #[must_use]
    pub fn attrs(&self) -> List<'a> {
        self.store.attrs(self.row.attrs)
    }

    /// The first attribute under `key`.
    #[must_use]
    pub fn attr(&self, key: &str) -> Option<Value<'a>> {
        self.attrs().get(key)
    }

    /// The first attribute under `key`, if it is text that is not empty.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.attr(key).and_then(|v| v.as_str()).filter(|t| !t.is_empty())
    }

    /// The first attribute under `key` as a finite number.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<f64> {
        self.attr(key).and_then(|v| v.as_f64()).filter(|n| n.is_finite())
    }

    /// Name of the instrumentation scope.
    #[must_use]
    pub fn scope_name(&self) -> &'a str {
        self.store.scope(self.row.scope).map_or("", |s| self.store.str(s.name))
    }

    /// Attributes of the resource.
    #[must_use]
    pub fn resource(&self) -> List<'a> {
        self.store.resource_attrs(self.row.scope)
    }

    /// Events.
    #[must_use]
    pub fn events(&self) -> &'a [EventRow] {
        self.store.events(self.row)
    }

    /// Links.
    #[must_use]
    pub fn links(&self) -> &'a [LinkRow] {
        self.store.links(self.row)
    }

    /// Length in milliseconds; `None` when start or end is missing; negative
    /// when the data says so.
    #[must_use]
    pub fn duration_ms(&self) -> Option<f64> {
        Some(self.row.end.known()?.ms_since(self.row.start.known()?))
    }
}
