//! Session ids of spans, and which of them tell the sessions of a trace apart.

use super::{Framework, SpanClass};
use crate::dialect;
use crate::model::{List, SpanIx, Store, StrId};
use hashbrown::HashMap;
use std::collections::BTreeSet;

/// The runs that each place saw.
pub(super) type PlaceRuns = HashMap<StrId, BTreeSet<StrId>>;

/// Session ids of one span.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpanKeys {
    pub(super) run: Option<StrId>,
    pub(super) place: Option<StrId>,
    /// The key that named the place, and its rank among the dialect's keys.
    place_key: Option<(usize, StrId)>,
}

/// Spans of one trace with their session ids.
pub(super) struct TraceKeys {
    pub(super) spans: Vec<SpanIx>,
    pub(super) keys: Vec<SpanKeys>,
    pub(super) runs: BTreeSet<StrId>,
    pub(super) places: BTreeSet<StrId>,
}

impl TraceKeys {
    pub(super) fn read(
        reader: &KeyReader,
        store: &Store,
        classes: &[SpanClass],
        spans: Vec<SpanIx>,
    ) -> Self {
        let class = |ix: &SpanIx| classes.get(ix.index()).copied().unwrap_or_default();
        let framework = spans.iter().map(|ix| class(ix).framework).min().unwrap_or_default();
        let mut keys: Vec<SpanKeys> = spans
            .iter()
            .map(|ix| {
                // A library's spans inside a framework's trace may name a
                // session of their own; the trace is still the framework's.
                let foreign = class(ix).framework != framework;
                if foreign { SpanKeys::default() } else { reader.read(store, *ix, class(ix)) }
            })
            .collect();
        if framework >= Framework::Pipecat {
            keep_one_key(&mut keys);
        }
        let runs = keys.iter().filter_map(|keys| keys.run).collect();
        let places = keys.iter().filter_map(|keys| keys.place).collect();
        Self { spans, keys, runs, places }
    }
}

/// Conventions name a session by several keys, on different spans of one trace
/// and with different ids (a thread, a conversation, a login). Ids tell
/// sessions apart only within one key: the best one that the trace has.
fn keep_one_key(keys: &mut [SpanKeys]) {
    let mut best: Option<(usize, StrId)> = None;
    for found in keys.iter().filter_map(|keys| keys.place_key) {
        if best.is_none_or(|(rank, _)| found.0 < rank) {
            best = Some(found);
        }
    }
    let Some((_, key)) = best else { return };
    for keys in keys.iter_mut().filter(|keys| keys.place_key.is_some_and(|found| found.1 != key)) {
        keys.place = None;
    }
}

/// Which runs each place saw, from spans that name both and from traces that
/// know exactly one run.
pub(super) fn runs_of_places(traces: &[TraceKeys]) -> PlaceRuns {
    let mut known = PlaceRuns::new();
    for trace in traces {
        for keys in &trace.keys {
            if let (Some(run), Some(place)) = (keys.run, keys.place) {
                known.entry(place).or_default().insert(run);
            }
        }
        if trace.runs.len() == 1 {
            for place in &trace.places {
                known.entry(*place).or_default().extend(&trace.runs);
            }
        }
    }
    known
}

/// Session keys of all dialects as ids of the store's text.
pub(super) struct KeyReader {
    dialects: Vec<DialectKeys>,
}

#[derive(Default)]
struct DialectKeys {
    run: Vec<StrId>,
    place: Vec<StrId>,
    resource: Vec<StrId>,
}

impl KeyReader {
    pub(super) fn new(store: &Store) -> Self {
        let ids = |keys: &[&str]| keys.iter().filter_map(|key| store.find_str(key)).collect();
        let dialects = dialect::ALL
            .iter()
            .map(|dialect| DialectKeys {
                run: ids(dialect.session_keys.run),
                place: ids(dialect.session_keys.place),
                resource: ids(dialect.session_keys.resource),
            })
            .collect();
        Self { dialects }
    }

    fn read(&self, store: &Store, ix: SpanIx, class: SpanClass) -> SpanKeys {
        let Some(keys) = self.dialects.get(usize::from(class.dialect)) else {
            return SpanKeys::default();
        };
        let Some(span) = store.span(ix) else { return SpanKeys::default() };
        let first = |attrs: List<'_>, keys: &[StrId]| {
            keys.iter().enumerate().find_map(|(rank, key)| {
                let text = attrs.get_id(*key)?.as_str().filter(|text| !text.is_empty())?;
                Some((store.find_str(text)?, (rank, *key)))
            })
        };
        let on_resource = || {
            let found = first(span.resource(), &keys.resource)?;
            Some((found.0, (keys.place.len(), found.1.1)))
        };
        let place = first(span.attrs(), &keys.place)
            .or_else(|| if keys.resource.is_empty() { None } else { on_resource() });
        SpanKeys {
            run: first(span.attrs(), &keys.run).map(|(id, _)| id),
            place: place.map(|(id, _)| id),
            place_key: place.map(|(_, key)| key),
        }
    }
}
