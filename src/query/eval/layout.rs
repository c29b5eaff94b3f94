//! Where spans stand: traces one after the other, trees in preorder.
//!
//! A span's descendants are the positions right behind it, so relations are
//! ranges. Spans that no root leads to stand behind the trees of their trace:
//! by the language they are related to nothing.

use crate::model::{Nanos, SpanIx, SpanKind, SpanRow, Store, TraceIx};
use hashbrown::HashMap;
use std::ops::Range;

/// No position.
pub(crate) const NONE: u32 = u32::MAX;

/// A trace's stretch of positions.
#[derive(Clone, Debug)]
pub(crate) struct TraceSpot {
    pub trace: TraceIx,
    pub start: u32,
    /// End of the spans that a root leads to.
    pub rooted: u32,
    pub end: u32,
    /// Position of the earliest span without parent id.
    pub root: Option<u32>,
}

impl TraceSpot {
    pub(crate) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// All spans of a store, in the order of evaluation.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Spans by position.
    pub spans: Vec<SpanIx>,
    /// Positions by [`SpanIx`].
    pub position: Vec<u32>,
    /// The parent's position; `NONE` for roots and unconnected spans.
    pub parent: Vec<u32>,
    /// One past the last descendant.
    pub end: Vec<u32>,
    /// The position of the span that the parent id names, connected or not.
    pub named_parent: Vec<u32>,
    /// Number of spans that name this one as their parent.
    pub children: Vec<u32>,
    /// Order in time, over all spans.
    pub rank: Vec<u32>,
    pub traces: Vec<TraceSpot>,
}

/// One trace while it is laid out; indices are places in order of time.
struct Trace<'a> {
    rows: Vec<(SpanIx, &'a SpanRow)>,
    by_id: HashMap<u64, Vec<u32>>,
}

impl Layout {
    pub(crate) fn new(store: &Store) -> Self {
        let mut layout = Self { position: vec![NONE; store.spans().len()], ..Self::default() };
        let mut rank = 0;
        for trace in traces_in_order(store) {
            layout.add(&trace, rank);
            rank += trace.rows.len() as u32;
        }
        layout
    }

    /// Number of spans.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// The trace at whose stretch a position lies, as index of `traces`.
    pub(crate) fn trace_at(&self, position: usize) -> usize {
        self.traces.partition_point(|t| t.end as usize <= position)
    }

    fn add(&mut self, trace: &Trace<'_>, first_rank: u32) {
        let parents = trace.parents();
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); trace.rows.len()];
        for (at, parent) in parents.iter().enumerate() {
            if let Some(list) = parent.and_then(|p| children.get_mut(p as usize)) {
                list.push(at as u32);
            }
        }
        let start = self.spans.len() as u32;
        let mut place = vec![NONE; trace.rows.len()];
        let roots = || (0..trace.rows.len()).filter(|at| trace.is_root(*at));
        let crowded = trace.by_id.values().any(|same| same.len() > 2);
        if !crowded {
            self.walk(trace, roots().map(|r| r as u32).collect(), &children, &mut place);
        }
        let rooted = self.spans.len() as u32;
        for at in 0..trace.rows.len() {
            if place.get(at) == Some(&NONE) {
                self.push(trace, at, NONE, &mut place);
            }
        }
        let end = self.spans.len() as u32;
        self.finish(trace, &place, start, first_rank);
        let root = roots().next().and_then(|at| place.get(at).copied());
        if let Some((_, row)) = trace.rows.first() {
            self.traces.push(TraceSpot { trace: row.trace, start, rooted, end, root });
        }
    }

    /// Depth first from the roots: every span before its children.
    fn walk(
        &mut self,
        trace: &Trace<'_>,
        roots: Vec<u32>,
        children: &[Vec<u32>],
        place: &mut [u32],
    ) {
        enum Step {
            Enter(u32, u32),
            Leave(u32),
        }
        let mut open: Vec<Step> = roots.into_iter().rev().map(|r| Step::Enter(r, NONE)).collect();
        while let Some(step) = open.pop() {
            match step {
                Step::Enter(at, parent) => {
                    let position = self.spans.len() as u32;
                    self.push(trace, at as usize, parent, place);
                    open.push(Step::Leave(position));
                    let below = children.get(at as usize).map_or(&[][..], Vec::as_slice);
                    open.extend(below.iter().rev().map(|c| Step::Enter(*c, position)));
                }
                Step::Leave(position) => {
                    let end = self.spans.len() as u32;
                    if let Some(slot) = self.end.get_mut(position as usize) {
                        *slot = end;
                    }
                }
            }
        }
    }

    fn push(&mut self, trace: &Trace<'_>, at: usize, parent: u32, place: &mut [u32]) {
        let Some((ix, _)) = trace.rows.get(at) else { return };
        let position = self.spans.len() as u32;
        self.spans.push(*ix);
        self.parent.push(parent);
        self.end.push(position + 1);
        for slot in self.position.get_mut(ix.index()).into_iter().chain(place.get_mut(at)) {
            *slot = position;
        }
    }

    /// What needs all places of the trace.
    fn finish(&mut self, trace: &Trace<'_>, place: &[u32], start: u32, first_rank: u32) {
        let end = self.spans.len();
        self.named_parent.resize(end, NONE);
        self.children.resize(end, 0);
        self.rank.resize(end, 0);
        let by_id = |id: u64| trace.by_id.get(&id).map_or(&[][..], Vec::as_slice);
        for (at, (_, row)) in trace.rows.iter().enumerate() {
            let Some(position) = place.get(at).map(|p| *p as usize) else { continue };
            if let Some(slot) = self.rank.get_mut(position) {
                *slot = first_rank + at as u32;
            }
            if row.parent == 0 {
                continue;
            }
            for parent in by_id(row.parent).iter().filter_map(|p| place.get(*p as usize)) {
                if let Some(count) = self.children.get_mut(*parent as usize) {
                    *count += 1;
                }
            }
            let named = match self.parent.get(position) {
                Some(&NONE) | None => {
                    by_id(row.parent).first().and_then(|p| place.get(*p as usize)).copied()
                }
                Some(parent) => Some(*parent),
            };
            if let (Some(slot), Some(named)) = (self.named_parent.get_mut(position), named) {
                debug_assert!(named >= start);
                *slot = named;
            }
        }
    }
}

impl Trace<'_> {
    fn is_root(&self, at: usize) -> bool {
        self.rows.get(at).is_some_and(|(_, row)| row.parent == 0)
    }

    /// The parent of each span, by place in time.
    fn parents(&self) -> Vec<Option<u32>> {
        (0u32..).zip(&self.rows).map(|(at, (_, row))| self.parent(at, row)).collect()
    }

    /// Two spans may share an id: the client's and the server's side of one
    /// call. The server's is then a child of the client's, and children hang
    /// below the server's.
    fn parent(&self, at: u32, row: &SpanRow) -> Option<u32> {
        let of_kind = |same: &[u32], kind: SpanKind| {
            same.iter().copied().find(|other| {
                *other != at && self.rows.get(*other as usize).is_some_and(|(_, r)| r.kind == kind)
            })
        };
        if row.parent == 0 {
            return None;
        }
        if row.kind == SpanKind::Server
            && let Some(same) = self.by_id.get(&row.id).filter(|same| same.len() == 2)
            && let Some(client) = of_kind(same, SpanKind::Client)
        {
            return Some(client);
        }
        let parents = self.by_id.get(&row.parent)?;
        let wanted = match row.kind {
            SpanKind::Server => SpanKind::Client,
            _ => SpanKind::Server,
        };
        let paired = if parents.len() == 2 { of_kind(parents, wanted) } else { None };
        paired.or_else(|| parents.iter().copied().find(|p| *p != at))
    }
}

/// Traces by their first span in time, each with its spans in order of time
/// (start; end where that is missing; then end, id, name).
fn traces_in_order(store: &Store) -> Vec<Trace<'_>> {
    let mut by_trace: Vec<Vec<(SpanIx, &SpanRow)>> = vec![Vec::new(); store.traces().len()];
    for (at, row) in store.spans().iter().enumerate() {
        if let Some(list) = by_trace.get_mut(row.trace.index()) {
            list.push((SpanIx::from(at), row));
        }
    }
    by_trace.retain(|rows| !rows.is_empty());
    let key = |row: &SpanRow| {
        let start = row.start.known().or(row.end.known()).unwrap_or(Nanos(u64::MAX));
        (start, row.end, row.id)
    };
    for rows in &mut by_trace {
        rows.sort_by(|(_, a), (_, b)| {
            key(a).cmp(&key(b)).then_with(|| store.str(a.name).cmp(store.str(b.name)))
        });
    }
    by_trace.sort_by_key(|rows| rows.first().map(|(_, row)| (key(row), store.trace_id(row.trace))));
    by_trace
        .into_iter()
        .map(|rows| {
            let mut by_id: HashMap<u64, Vec<u32>> = HashMap::with_capacity(rows.len());
            for (at, (_, row)) in (0u32..).zip(&rows) {
                by_id.entry(row.id).or_default().push(at);
            }
            Trace { rows, by_id }
        })
        .collect()
}
