//! Columns: one named value of all spans, read once and kept.

use super::layout::Layout;
use super::value::{Cell, Tables, Text};
use crate::model::{ScopeIx, SpanRow, StrId};
use crate::query::syntax::{Attr, Intrinsic, Scope};
use hashbrown::HashMap;
use std::cell::OnceCell;

/// Values by position. Most attributes are on few spans only.
#[derive(Debug, Default)]
pub(crate) struct Column {
    /// Its number, for keys of what is remembered about it.
    pub id: u32,
    /// Ascending positions of the cells; without them there is a cell for
    /// every span. Positions that are left out are nil.
    at: Option<Vec<u32>>,
    cells: Vec<Cell>,
    by_text: OnceCell<HashMap<Text, Vec<u32>>>,
}

impl Column {
    pub(crate) fn dense(cells: Vec<Cell>) -> Self {
        Self { cells, ..Self::default() }
    }

    /// From positions and cells in ascending order.
    pub(crate) fn sparse(found: impl Iterator<Item = (u32, Cell)>) -> Self {
        let (at, cells) = found.filter(|(_, cell)| *cell != Cell::Nil).unzip();
        Self { at: Some(at), cells, ..Self::default() }
    }

    /// The value at a position.
    pub(crate) fn get(&self, position: usize) -> Cell {
        let place = match &self.at {
            None => Some(position),
            Some(at) => at.binary_search(&(position as u32)).ok(),
        };
        place.and_then(|place| self.cells.get(place)).copied().unwrap_or(Cell::Nil)
    }

    /// All cells that may be something else than nil, with their positions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, Cell)> + '_ {
        self.cells.iter().enumerate().filter_map(|(place, cell)| {
            let position = match &self.at {
                None => place,
                Some(at) => *at.get(place)? as usize,
            };
            Some((position, *cell))
        })
    }

    /// Positions at which a text is the value, or one of the values.
    pub(crate) fn with_text(&self, text: Text, tables: &Tables<'_>) -> &[u32] {
        let by_text = self.by_text.get_or_init(|| {
            let mut map: HashMap<Text, Vec<u32>> = HashMap::new();
            let mut add = |text: Text, position: usize| {
                let list = map.entry(text).or_default();
                if list.last() != Some(&(position as u32)) {
                    list.push(position as u32);
                }
            };
            for (position, cell) in self.iter() {
                match cell {
                    Cell::Text(text) => add(text, position),
                    Cell::List(list) => {
                        for item in tables.list(list) {
                            if let Cell::Text(text) = item {
                                add(*text, position);
                            }
                        }
                    }
                    _ => {}
                }
            }
            map
        });
        by_text.get(&text).map_or(&[], Vec::as_slice)
    }
}

/// Values of all events (or links) of all spans, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Detail {
    pub cells: Vec<Cell>,
}

/// Where the events (or links) of each span begin in a [`Detail`].
#[derive(Debug, Default)]
pub(crate) struct Spots {
    starts: Vec<u32>,
}

impl Spots {
    pub(crate) fn new(counts: impl Iterator<Item = usize>) -> Self {
        let mut next = 0;
        let mut starts = vec![0];
        for count in counts {
            next += count as u32;
            starts.push(next);
        }
        Self { starts }
    }

    /// Rows of the span at a position.
    pub(crate) fn rows(&self, position: usize) -> std::ops::Range<usize> {
        let at = |i: usize| self.starts.get(i).copied().unwrap_or(0) as usize;
        at(position)..at(position + 1)
    }
}

/// Reads a custom attribute of the span, its resource or its instrumentation
/// scope.
pub(super) fn attribute(
    layout: &Layout,
    tables: &mut Tables<'_>,
    scope: Scope,
    name: &str,
) -> Column {
    let store = tables.store;
    let key = store.find_str(name);
    let mut of_scope: HashMap<ScopeIx, Cell> = HashMap::new();
    let rows: Vec<(u32, &SpanRow)> = (0u32..)
        .zip(&layout.spans)
        .filter_map(|(at, ix)| Some((at, store.spans().get(ix.index())?)))
        .collect();
    Column::sparse(rows.into_iter().map(|(at, row)| {
        if matches!(scope, Scope::Any | Scope::Span)
            && let Some(value) = key.and_then(|key| store.attrs(row.attrs).row_id(key))
        {
            return (at, tables.cell(value));
        }
        if scope == Scope::Span {
            return (at, Cell::Nil);
        }
        let cell = *of_scope
            .entry(row.scope)
            .or_insert_with(|| shared(tables, scope, row.scope, key, name));
        (at, cell)
    }))
}

/// An attribute of the resource or the instrumentation scope.
fn shared(
    tables: &mut Tables<'_>,
    scope: Scope,
    ix: ScopeIx,
    key: Option<StrId>,
    name: &str,
) -> Cell {
    let store = tables.store;
    let attrs = match scope {
        Scope::Instrumentation => store.scope(ix).map(|row| store.attrs(row.attrs)),
        _ => Some(store.resource_attrs(ix)),
    };
    let value = attrs.and_then(|attrs| key.and_then(|key| attrs.row_id(key)));
    match value {
        Some(value) => tables.cell(value),
        // A resource always has a service name; absent, it is empty.
        None if scope != Scope::Instrumentation && name == "service.name" => tables.text_cell(""),
        None => Cell::Nil,
    }
}

/// Whether a name is read from events, from links, or from the span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Span,
    Event,
    Link,
}

/// Where a name is read from.
pub(crate) fn level(attr: &Attr) -> Level {
    match attr {
        Attr::Custom { scope: Scope::Event, .. }
        | Attr::Intrinsic(Intrinsic::EventName | Intrinsic::EventTime) => Level::Event,
        Attr::Custom { scope: Scope::Link, .. }
        | Attr::Intrinsic(Intrinsic::LinkTrace | Intrinsic::LinkSpan) => Level::Link,
        _ => Level::Span,
    }
}

/// Reads a name of all events or links.
pub(super) fn detail(layout: &Layout, tables: &mut Tables<'_>, attr: &Attr) -> Detail {
    let store = tables.store;
    let key = match attr {
        Attr::Custom { name, .. } => store.find_str(name),
        Attr::Intrinsic(_) => None,
    };
    let rows = layout.spans.iter().filter_map(|ix| store.spans().get(ix.index()));
    let mut cells = Vec::new();
    for row in rows {
        if level(attr) == Level::Event {
            for event in store.events(row) {
                cells.push(match attr {
                    Attr::Intrinsic(Intrinsic::EventName) => Cell::Text(event.name.into()),
                    Attr::Intrinsic(_) => super::intrinsic::between(row.start, event.time),
                    Attr::Custom { .. } => custom(tables, event.attrs, key),
                });
            }
            continue;
        }
        for link in store.links(row) {
            cells.push(match attr {
                Attr::Intrinsic(Intrinsic::LinkTrace) => {
                    tables.text_cell(&format!("{:032x}", store.trace_id(link.trace)))
                }
                Attr::Intrinsic(_) => tables.text_cell(&format!("{:016x}", link.span)),
                Attr::Custom { .. } => custom(tables, link.attrs, key),
            });
        }
    }
    Detail { cells }
}

fn custom(tables: &mut Tables<'_>, attrs: crate::model::Attrs, key: Option<StrId>) -> Cell {
    match key.and_then(|key| tables.store.attrs(attrs).row_id(key)) {
        Some(value) => tables.cell(value),
        None => Cell::Nil,
    }
}
