//! Which records belong to one conversation.
//!
//! Spans are grouped by the ids their dialect names a session with, else by
//! trace; logs and metric points follow their span, else their ids. What one
//! framework joins in its own way (documents without ids, traces of their own)
//! is in [`super::join`].

use super::join;
use super::keys::{KeyReader, PlaceRuns, SpanKeys, TraceKeys, runs_of_places};
use super::{Framework, SpanClass};
use crate::dialect;
use crate::model::{DocIx, List, LogIx, Nanos, PointIx, SpanIx, Store, StrId, TraceIx};
use hashbrown::HashMap;
use std::collections::BTreeSet;

/// Position of a group in [`Grouping::groups`].
pub(crate) type GroupIx = usize;

/// The records of one conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    /// The framework that most specifically recognised one of its spans.
    pub framework: Framework,
    /// Spans in canonical order.
    pub spans: Vec<SpanIx>,
    /// Log records in order of arrival.
    pub logs: Vec<LogIx>,
    /// Metric points in order of arrival.
    pub points: Vec<PointIx>,
    /// Framework documents, recordings included.
    pub documents: Vec<DocIx>,
    /// Merged into another group; holds nothing any more.
    pub dissolved: bool,
}

/// All groups, and what is still to be placed.
pub(crate) struct Grouping<'a> {
    pub store: &'a Store,
    pub classes: &'a [SpanClass],
    pub groups: Vec<Group>,
    /// The group of each span, by [`SpanIx`].
    pub span_group: Vec<Option<GroupIx>>,
    /// The first span of each trace, by [`TraceIx`].
    trace_first: Vec<Option<SpanIx>>,
    /// The group that a session id names, as `(id)`; ids of runs and places
    /// live in one space because frameworks make them distinct.
    pub id_group: HashMap<StrId, GroupIx>,
    /// Documents that no group has yet.
    pub loose_documents: Vec<DocIx>,
    /// Log records that no group has yet.
    pub loose_logs: Vec<LogIx>,
    /// Metric points that no group has yet.
    pub loose_points: Vec<PointIx>,
}

/// Order of spans that does not depend on the order of arrival: by start (end
/// where the start is missing, last where both are), then end, trace id, span
/// id and name.
pub(crate) fn canonical_order(store: &Store, spans: &mut [SpanIx]) {
    let key = |ix: &SpanIx| {
        store.spans().get(ix.index()).map(|row| {
            let start = row.start.known().or(row.end.known()).unwrap_or(Nanos(u64::MAX));
            (start, row.end, store.trace_id(row.trace), row.id)
        })
    };
    spans.sort_by(|a, b| {
        key(a).cmp(&key(b)).then_with(|| {
            let name = |ix: &SpanIx| store.spans().get(ix.index()).map(|row| store.str(row.name));
            name(a).cmp(&name(b))
        })
    });
}

impl<'a> Grouping<'a> {
    /// Groups everything in a store.
    pub(crate) fn new(store: &'a Store, classes: &'a [SpanClass]) -> Self {
        let mut grouping = Self {
            store,
            classes,
            groups: Vec::new(),
            span_group: vec![None; store.spans().len()],
            trace_first: Vec::new(),
            id_group: HashMap::new(),
            loose_documents: (0..store.documents().len()).map(DocIx::from).collect(),
            loose_logs: Vec::new(),
            loose_points: Vec::new(),
        };
        grouping.group_spans();
        join::before_logs(&mut grouping);
        grouping.place_logs();
        grouping.place_points();
        join::after_logs(&mut grouping);
        grouping.drop_unrecognised();
        grouping.place_the_rest();
        grouping
    }

    /// The group that an id names.
    pub(crate) fn group_of_id(&self, id: &str) -> Option<GroupIx> {
        let id = self.store.find_str(id)?;
        self.id_group.get(&id).copied()
    }

    /// Adds an empty group.
    pub(crate) fn add_group(&mut self, framework: Framework) -> GroupIx {
        self.groups.push(Group { framework, ..Group::default() });
        self.groups.len() - 1
    }

    /// Moves everything of `from` into `into`.
    pub(crate) fn merge(&mut self, from: GroupIx, into: GroupIx) {
        if from == into {
            return;
        }
        let Some(moved) = self.groups.get_mut(from).map(std::mem::take) else { return };
        for span in &moved.spans {
            if let Some(slot) = self.span_group.get_mut(span.index()) {
                *slot = Some(into);
            }
        }
        for group in self.id_group.values_mut().filter(|group| **group == from) {
            *group = into;
        }
        if let Some(target) = self.groups.get_mut(into) {
            target.spans.extend(moved.spans);
            target.logs.extend(moved.logs);
            target.points.extend(moved.points);
            target.documents.extend(moved.documents);
            canonical_order(self.store, &mut target.spans);
        }
        if let Some(left) = self.groups.get_mut(from) {
            left.dissolved = true;
        }
    }

    /// Gives loose documents for which `choose` names a group to that group.
    pub(crate) fn assign_documents(
        &mut self,
        mut choose: impl FnMut(&Self, DocIx) -> Option<GroupIx>,
    ) {
        for document in std::mem::take(&mut self.loose_documents) {
            match choose(self, document) {
                Some(group) => {
                    if let Some(group) = self.groups.get_mut(group) {
                        group.documents.push(document);
                    }
                }
                None => self.loose_documents.push(document),
            }
        }
    }

    /// First and last time among a group's spans.
    pub(crate) fn extent(&self, group: GroupIx) -> Option<(Nanos, Nanos)> {
        let spans = &self.groups.get(group)?.spans;
        let rows = || spans.iter().filter_map(|ix| self.store.spans().get(ix.index()));
        let times = || rows().flat_map(|row| [row.start, row.end]).filter_map(Nanos::known);
        Some((times().min()?, times().max()?))
    }

    /// Groups that still hold something, by position.
    pub(crate) fn live(&self) -> impl Iterator<Item = (GroupIx, &Group)> {
        self.groups.iter().enumerate().filter(|(_, group)| !group.dissolved)
    }

    fn group_spans(&mut self) {
        let mut order: Vec<SpanIx> = (0..self.store.spans().len()).map(SpanIx::from).collect();
        canonical_order(self.store, &mut order);
        let mut by_trace: Vec<Vec<SpanIx>> = vec![Vec::new(); self.store.traces().len()];
        for ix in order {
            let trace = self.store.spans().get(ix.index()).map_or(TraceIx(0), |row| row.trace);
            if let Some(list) = by_trace.get_mut(trace.index()) {
                list.push(ix);
            }
        }
        self.trace_first = by_trace.iter().map(|spans| spans.first().copied()).collect();
        let mut firsts: Vec<SpanIx> = self.trace_first.iter().copied().flatten().collect();
        canonical_order(self.store, &mut firsts);
        let keys = KeyReader::new(self.store);
        // The order of traces must not be that of their arrival.
        let mut traces: Vec<TraceKeys> = firsts
            .iter()
            .filter_map(|ix| Some(self.store.spans().get(ix.index())?.trace))
            .filter_map(|trace| by_trace.get_mut(trace.index()).map(std::mem::take))
            .map(|spans| TraceKeys::read(&keys, self.store, self.classes, spans))
            .collect();
        let runs_of_place = runs_of_places(&traces);
        for trace in &mut traces {
            self.take_trace(trace, &runs_of_place);
        }
        for group in &mut self.groups {
            let traces = |ix: &SpanIx| self.store.spans().get(ix.index()).map(|row| row.trace);
            if group.spans.first().map(traces) != group.spans.last().map(traces) {
                canonical_order(self.store, &mut group.spans);
            }
        }
    }

    fn take_trace(&mut self, trace: &mut TraceKeys, runs_of_place: &PlaceRuns) {
        let narrow = |keys: SpanKeys, sole_run: Option<StrId>| {
            keys.run.or(sole_run).or_else(|| {
                let place = keys.place?;
                match runs_of_place.get(&place) {
                    Some(runs) if runs.len() == 1 => runs.first().copied(),
                    _ => Some(place),
                }
            })
        };
        let sole_run = if trace.runs.len() == 1 { trace.runs.first().copied() } else { None };
        let sessions: BTreeSet<StrId> =
            trace.keys.iter().filter_map(|keys| narrow(*keys, sole_run)).collect();
        if sessions.len() <= 1 {
            let group = self.group_for(sessions.first().copied());
            for ix in std::mem::take(&mut trace.spans) {
                self.put_span(ix, group);
            }
            self.learn_ids(&trace.runs, &trace.places, group);
            return;
        }
        self.split_trace(trace, |keys| narrow(keys, sole_run));
    }

    /// A trace that holds several sessions: each span goes with its own id,
    /// else with its nearest ancestor that has one, else with the first one.
    fn split_trace(&mut self, trace: &mut TraceKeys, narrow: impl Fn(SpanKeys) -> Option<StrId>) {
        let rows: HashMap<u64, (usize, u64)> = trace
            .spans
            .iter()
            .enumerate()
            .filter_map(|(at, ix)| {
                let row = self.store.spans().get(ix.index())?;
                Some((row.id, (at, row.parent)))
            })
            .collect();
        let own: Vec<Option<StrId>> = trace.keys.iter().map(|keys| narrow(*keys)).collect();
        let first = own.iter().flatten().next().copied();
        for (at, ix) in std::mem::take(&mut trace.spans).into_iter().enumerate() {
            let mut id = own.get(at).copied().flatten();
            let mut parent = self.store.spans().get(ix.index()).map_or(0, |row| row.parent);
            let mut steps = 0;
            while id.is_none()
                && let Some(&(up, next)) = rows.get(&parent)
                && steps < rows.len()
            {
                id = own.get(up).copied().flatten();
                parent = next;
                steps += 1;
            }
            let group = self.group_for(id.or(first));
            self.put_span(ix, group);
        }
    }

    fn group_for(&mut self, id: Option<StrId>) -> GroupIx {
        if let Some(group) = id.and_then(|id| self.id_group.get(&id).copied()) {
            return group;
        }
        let group = self.add_group(Framework::Unknown);
        if let Some(id) = id {
            self.id_group.insert(id, group);
        }
        group
    }

    fn put_span(&mut self, ix: SpanIx, group: GroupIx) {
        if let Some(slot) = self.span_group.get_mut(ix.index()) {
            *slot = Some(group);
        }
        let class = self.classes.get(ix.index()).copied().unwrap_or_default();
        if let Some(group) = self.groups.get_mut(group) {
            group.spans.push(ix);
            if class.framework != Framework::Unknown {
                group.framework = group.framework.min(class.framework);
            }
        }
    }

    /// An id that only one group knows names that group.
    fn learn_ids(&mut self, runs: &BTreeSet<StrId>, places: &BTreeSet<StrId>, group: GroupIx) {
        for id in runs.iter().chain(places) {
            self.id_group.entry(*id).or_insert(group);
        }
    }

    fn place_logs(&mut self) {
        for (at, log) in self.store.logs().iter().enumerate() {
            let ix = LogIx::from(at);
            let by_span = log.trace.and_then(|trace| self.group_of_span(trace, log.span));
            let group = by_span.or_else(|| self.group_by_attrs(self.store.attrs(log.attrs)));
            match group.and_then(|group| self.groups.get_mut(group)) {
                Some(group) => group.logs.push(ix),
                None => self.loose_logs.push(ix),
            }
        }
    }

    fn place_points(&mut self) {
        for (at, point) in self.store.points().iter().enumerate() {
            let ix = PointIx::from(at);
            let by_attrs = self.group_by_attrs(self.store.attrs(point.attrs));
            let by_exemplar = || {
                point.exemplars.iter().find_map(|exemplar| {
                    exemplar.trace.and_then(|trace| self.group_of_span(trace, exemplar.span))
                })
            };
            let by_resource = || {
                let metric = self.store.metric(point.metric)?;
                self.group_by_attrs(self.store.resource_attrs(metric.scope))
            };
            // The resource names the first job of the process only (LiveKit),
            // so it is asked last.
            let group = by_attrs.or_else(by_exemplar).or_else(by_resource);
            match group.and_then(|group| self.groups.get_mut(group)) {
                Some(group) => group.points.push(ix),
                None => self.loose_points.push(ix),
            }
        }
    }

    /// The group of a span, or of any span of its trace when the span itself
    /// never came.
    fn group_of_span(&self, trace: TraceIx, span: u64) -> Option<GroupIx> {
        let exact = self.store.find_span(trace, span);
        if let Some(ix) = exact {
            return self.span_group.get(ix.index()).copied().flatten();
        }
        self.trace_group(trace)
    }

    /// The group of a trace's first span.
    pub(crate) fn trace_group(&self, trace: TraceIx) -> Option<GroupIx> {
        let first = self.trace_first.get(trace.index()).copied().flatten()?;
        self.span_group.get(first.index()).copied().flatten()
    }

    fn group_by_attrs(&self, attrs: List<'_>) -> Option<GroupIx> {
        for dialect in dialect::ALL {
            let keys = dialect.session_keys;
            for key in keys.run.iter().chain(keys.place).chain(keys.resource) {
                let id = attrs.get(key).and_then(|value| value.as_str());
                if let Some(group) = id.and_then(|id| self.group_of_id(id)) {
                    return Some(group);
                }
            }
        }
        None
    }

    /// Traces in which no dialect recognised anything are no conversations when
    /// there are conversations beside them: their spans stay unassigned.
    fn drop_unrecognised(&mut self) {
        let recognised =
            |group: &Group| group.framework != Framework::Unknown || !group.documents.is_empty();
        if !self.live().any(|(_, group)| recognised(group)) {
            return;
        }
        for group in self.groups.iter_mut().filter(|group| !recognised(group)) {
            for span in group.spans.drain(..) {
                if let Some(slot) = self.span_group.get_mut(span.index()) {
                    *slot = None;
                }
            }
            self.loose_logs.append(&mut group.logs);
            self.loose_points.append(&mut group.points);
            group.dissolved = true;
        }
    }

    /// With a single conversation in the input, records without any id are its own.
    fn place_the_rest(&mut self) {
        let mut live = self.live().map(|(at, _)| at);
        let (Some(only), None) = (live.next(), live.next()) else { return };
        drop(live);
        let store = self.store;
        let nameless_log = |ix: &LogIx| {
            store
                .log(*ix)
                .is_some_and(|log| log.trace.is_none() && !names_session(store.attrs(log.attrs)))
        };
        let nameless_point = |ix: &PointIx| {
            store.point(*ix).is_some_and(|point| !names_session(store.attrs(point.attrs)))
        };
        let nameless_document = |ix: &DocIx| {
            store.documents().get(ix.index()).is_some_and(|row| store.str(row.format) == "audio")
        };
        let (logs, named) =
            std::mem::take(&mut self.loose_logs).into_iter().partition(nameless_log);
        self.loose_logs = named;
        let (points, named) =
            std::mem::take(&mut self.loose_points).into_iter().partition(nameless_point);
        self.loose_points = named;
        let (documents, named) =
            std::mem::take(&mut self.loose_documents).into_iter().partition(nameless_document);
        self.loose_documents = named;
        if let Some(group) = self.groups.get_mut(only) {
            let (mut logs, mut points, mut documents): (Vec<_>, Vec<_>, Vec<_>) =
                (logs, points, documents);
            group.logs.append(&mut logs);
            group.points.append(&mut points);
            group.documents.append(&mut documents);
        }
    }
}

/// Whether attributes name a session in any dialect's way.
fn names_session(attrs: List<'_>) -> bool {
    dialect::ALL.iter().any(|dialect| {
        let keys = dialect.session_keys;
        keys.run.iter().chain(keys.place).any(|key| {
            attrs.get(key).and_then(|value| value.as_str()).is_some_and(|id| !id.is_empty())
        })
    })
}
