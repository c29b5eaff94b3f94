//! Dialects: how one framework and version spells what its spans do.
//!
//! One file a framework, data first: how its spans are recognised, the op of
//! each span name, the keys that name a session. Adding a framework is one new
//! file and one line in [`ALL`]. How turns are put together from classified
//! spans is the business of [`crate::session`]; bytes are that of [`crate::wire`].

mod class;
pub mod genai;
pub mod livekit;
mod op;
pub mod videosdk;

pub use class::{Framework, SpanClass};
pub use op::Op;

use crate::model::{ScopeIx, SpanRow, SpanView, Store, StrId};
use hashbrown::HashMap;

/// A framework's way to spell telemetry.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// The framework whose sessions this dialect describes.
    pub framework: Framework,
    /// The dialect's own name where it is not the framework's
    /// (`openinference`, `langfuse` …), shown beside `genai`.
    pub name: &'static str,
    /// Whether a span speaks it.
    pub recognise: fn(&SpanView<'_>) -> bool,
    /// What a span that speaks it does.
    pub op: fn(&SpanView<'_>) -> Op,
    /// Attribute keys that name the session, by how narrow they are.
    pub session_keys: SessionKeys,
    /// Whether name and scope alone decide recognition and op, so that the
    /// answer for one span holds for all spans of that name and scope.
    pub by_name: bool,
}

/// Attribute keys by which spans, logs and points name their session.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionKeys {
    /// The narrow id: one run of an agent (LiveKit's job).
    pub run: &'static [&'static str],
    /// The wide id: the place or conversation (LiveKit's room), which may see
    /// several runs.
    pub place: &'static [&'static str],
}

/// All dialects, the most specific first: the first that recognises a span wins.
pub const ALL: &[&Dialect] = &[&livekit::DIALECT, &videosdk::DIALECT, &genai::DIALECT];

/// Gives each span of a store its class.
#[must_use]
pub fn classify(store: &Store) -> Vec<SpanClass> {
    let mut known: HashMap<(ScopeIx, StrId), SpanClass> = HashMap::new();
    store
        .spans()
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let key = (row.scope, row.name);
            if let Some(class) = known.get(&key) {
                return *class;
            }
            let (class, by_name) = classify_span(store, at, row);
            if by_name {
                known.insert(key, class);
            }
            class
        })
        .collect()
}

fn classify_span(store: &Store, at: usize, row: &SpanRow) -> (SpanClass, bool) {
    let view = SpanView { store, ix: at.into(), row };
    for (dialect, number) in ALL.iter().zip(0u8..) {
        if (dialect.recognise)(&view) {
            let class = SpanClass {
                op: (dialect.op)(&view),
                framework: dialect.framework,
                dialect: number,
            };
            return (class, dialect.by_name);
        }
    }
    (SpanClass { dialect: u8::MAX, ..SpanClass::default() }, false)
}

/// The dialect of a class, if any recognised the span.
#[must_use]
pub fn of(class: SpanClass) -> Option<&'static Dialect> {
    ALL.get(usize::from(class.dialect)).copied()
}
