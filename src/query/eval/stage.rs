//! Pipelines: what each stage leaves.

use super::aggregate::{group_key, shown};
use super::answer::Answer;
use super::bits::Bits;
use super::ops::compare;
use super::plan::{Node, SpansPlan, StagePlan};
use super::row::Run;
use crate::query::QueryError;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

/// A spanset that `by` made.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// The trace, as index of the layout.
    pub trace: usize,
    /// Positions, ascending.
    pub spans: Vec<u32>,
    /// What `by` was asked and what it gave, in order.
    pub labels: Vec<(String, Answer)>,
}

/// The spansets between two stages.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// One spanset for each trace that has spans in it.
    Traces(Bits),
    /// Several for a trace, maybe.
    Groups(Vec<Group>),
}

/// What `select` chose, in order.
pub(crate) type Selected<'p> = Vec<(&'p str, &'p Node)>;

impl Run<'_, '_> {
    pub(crate) fn stages<'p>(
        &self,
        stages: &'p [StagePlan],
        mut state: State,
        selected: &mut Selected<'p>,
    ) -> Result<State, QueryError> {
        for stage in stages {
            state = match stage {
                StagePlan::Spans(spans) => self.spans_stage(spans, state)?,
                StagePlan::Scalar { aggregate, op, value } => {
                    let keep = |positions: &mut dyn Iterator<Item = usize>| {
                        self.aggregate(aggregate, positions)
                            .is_some_and(|found| compare(*op, found, *value, &self.index.tables))
                    };
                    self.keep(state, keep)
                }
                StagePlan::By { label, node } => State::Groups(self.by(state, label, node)),
                StagePlan::Coalesce => State::Traces(self.coalesced(state)),
                StagePlan::Select(chosen) => {
                    for (name, node) in chosen {
                        if !selected.iter().any(|(known, _)| known == name) {
                            selected.push((name, node));
                        }
                    }
                    state
                }
            };
        }
        Ok(state)
    }

    fn spans_stage(&self, plan: &SpansPlan, state: State) -> Result<State, QueryError> {
        match state {
            State::Traces(bits) => self.spans(plan, &bits).map(State::Traces),
            State::Groups(groups) => {
                let mut kept = match plan {
                    SpansPlan::Filter(node) => self.filter_groups(node, groups),
                    _ => {
                        let groups = groups.into_iter().map(|group| self.in_group(plan, group));
                        groups.collect::<Result<Vec<Group>, QueryError>>()?
                    }
                };
                kept.retain(|group| !group.spans.is_empty());
                Ok(State::Groups(kept))
            }
        }
    }

    /// A filter asks spans one by one, so all groups are asked together.
    fn filter_groups(&self, node: &Node, mut groups: Vec<Group>) -> Vec<Group> {
        let all = united(&groups, &Bits::empty(0..self.index.layout.len()));
        let kept = self.select(node, &all);
        for group in &mut groups {
            group.spans.retain(|position| kept.contains(*position as usize));
        }
        groups
    }

    fn in_group(&self, plan: &SpansPlan, group: Group) -> Result<Group, QueryError> {
        let (Some(first), Some(last)) = (group.spans.first(), group.spans.last()) else {
            return Ok(group);
        };
        let mut input = Bits::empty(*first as usize..*last as usize + 1);
        group.spans.iter().for_each(|p| input.insert(*p as usize));
        let spans = self.spans(plan, &input)?.iter().map(|p| p as u32).collect();
        Ok(Group { spans, ..group })
    }

    fn spans(&self, plan: &SpansPlan, input: &Bits) -> Result<Bits, QueryError> {
        match plan {
            SpansPlan::All => Ok(input.clone()),
            SpansPlan::Filter(node) => Ok(self.select(node, input)),
            SpansPlan::Join(op, left, right) => {
                let (left, right) = (self.spans(left, input)?, self.spans(right, input)?);
                Ok(self.index.layout.join(*op, left, right))
            }
            SpansPlan::Pipeline(stages) => {
                let state = State::Traces(input.clone());
                match self.stages(stages, state, &mut Vec::new())? {
                    State::Traces(bits) => Ok(bits),
                    State::Groups(groups) => {
                        let mut of_trace: Vec<usize> = groups.iter().map(|g| g.trace).collect();
                        of_trace.dedup();
                        if of_trace.len() < groups.len() {
                            let message = "a side of an operator gives several spansets of one \
                                           trace: end it with | coalesce()";
                            return Err(QueryError::of_run(message));
                        }
                        Ok(united(&groups, input))
                    }
                }
            }
        }
    }

    /// Keeps or drops whole spansets.
    fn keep(&self, state: State, keep: impl Fn(&mut dyn Iterator<Item = usize>) -> bool) -> State {
        match state {
            State::Traces(mut bits) => {
                let layout = &self.index.layout;
                for trace in layout.traces_of(&bits) {
                    let range = layout.trace_range(trace);
                    if !keep(&mut bits.iter_from(range.start).take_while(|p| *p < range.end)) {
                        bits.remove_range(range);
                    }
                }
                State::Traces(bits)
            }
            State::Groups(mut groups) => {
                groups.retain(|group| keep(&mut group.spans.iter().map(|p| *p as usize)));
                State::Groups(groups)
            }
        }
    }

    fn by(&self, state: State, label: &str, node: &Node) -> Vec<Group> {
        let layout = &self.index.layout;
        let groups = match state {
            State::Groups(groups) => groups,
            State::Traces(bits) => {
                let of_trace = |trace| {
                    let range = layout.trace_range(trace);
                    let spans = bits.iter_from(range.start).take_while(|p| *p < range.end);
                    Group { trace, spans: spans.map(|p| p as u32).collect(), labels: Vec::new() }
                };
                layout.traces_of(&bits).into_iter().map(of_trace).collect()
            }
        };
        groups.into_iter().flat_map(|group| self.split(&group, label, node)).collect()
    }

    fn split(&self, group: &Group, label: &str, node: &Node) -> Vec<Group> {
        let tables = &self.index.tables;
        let mut parts: Vec<Group> = Vec::new();
        let mut place: HashMap<_, usize> = HashMap::new();
        for position in &group.spans {
            let cell = self.operand(node, *position as usize);
            match place.entry(group_key(cell, tables)) {
                Entry::Occupied(at) => {
                    if let Some(part) = parts.get_mut(*at.get()) {
                        part.spans.push(*position);
                    }
                }
                Entry::Vacant(at) => {
                    at.insert(parts.len());
                    let mut labels = group.labels.clone();
                    labels.push((label.to_owned(), shown(cell, tables)));
                    parts.push(Group { trace: group.trace, spans: vec![*position], labels });
                }
            }
        }
        parts
    }

    fn coalesced(&self, state: State) -> Bits {
        match state {
            State::Traces(bits) => bits,
            State::Groups(groups) => united(&groups, &Bits::empty(0..self.index.layout.len())),
        }
    }
}

fn united(groups: &[Group], window: &Bits) -> Bits {
    let mut bits = window.emptied();
    groups.iter().flat_map(|g| &g.spans).for_each(|p| bits.insert(*p as usize));
    bits
}
