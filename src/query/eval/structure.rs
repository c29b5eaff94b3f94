//! Relations between spans.

use super::bits::Bits;
use super::layout::{Layout, NONE};
use crate::query::syntax::{Relation, SetOp};
use hashbrown::HashMap;

impl Layout {
    /// Joins two selections of spans.
    pub(crate) fn join(&self, op: SetOp, mut a: Bits, mut b: Bits) -> Bits {
        match op {
            SetOp::And => {
                let (in_a, in_b) = (self.traces_of(&a), self.traces_of(&b));
                for trace in in_a.iter().filter(|t| in_b.binary_search(t).is_err()) {
                    a.remove_range(self.trace_range(*trace));
                }
                for trace in in_b.iter().filter(|t| in_a.binary_search(t).is_err()) {
                    b.remove_range(self.trace_range(*trace));
                }
                a.or(&b);
                a
            }
            SetOp::Or => {
                a.or(&b);
                a
            }
            SetOp::Related(relation) => self.related(relation, &a, &b),
            SetOp::Unrelated(relation) => {
                b.and_not(&self.related(relation, &a, &b));
                b
            }
            SetOp::Both(relation) => {
                let mut both = self.related(relation, &a, &b);
                both.or(&self.related(reversed(relation), &b, &a));
                both
            }
        }
    }

    /// Positions of a trace.
    pub(crate) fn trace_range(&self, trace: usize) -> std::ops::Range<usize> {
        self.traces.get(trace).map_or(0..0, super::layout::TraceSpot::range)
    }

    /// The traces of which a selection has spans, ascending.
    pub(crate) fn traces_of(&self, bits: &Bits) -> Vec<usize> {
        let mut found = Vec::new();
        let mut next = bits.next(0);
        while let Some(position) = next {
            let trace = self.trace_at(position);
            found.push(trace);
            next = bits.next(self.trace_range(trace).end.max(position + 1));
        }
        found
    }

    /// The spans of `b` that are related to a span of `a`.
    fn related(&self, relation: Relation, a: &Bits, b: &Bits) -> Bits {
        let mut found = b.emptied();
        match relation {
            Relation::Child => {
                let is_child = |r: &usize| self.parent_of(*r).is_some_and(|p| a.contains(p));
                b.iter().filter(is_child).for_each(|r| found.insert(r));
            }
            Relation::Parent => {
                a.iter().filter_map(|l| self.parent_of(l)).for_each(|p| found.insert(p));
                found.and(b);
            }
            Relation::Descendant => {
                let mut next = a.next(0);
                while let Some(above) = next {
                    let end = self.end_of(above);
                    found.insert_range(above + 1..end);
                    // Spans of `a` below this one add nothing.
                    next = a.next(end.max(above + 1));
                }
                found.and(b);
            }
            Relation::Ancestor => {
                // From the last position up, with the next one of `a` behind it.
                let mut behind: Vec<usize> = a.iter().collect();
                let mut below = None;
                let of_b: Vec<usize> = b.iter().collect();
                for r in of_b.into_iter().rev() {
                    while let Some(next) = behind.pop_if(|next| *next > r) {
                        below = Some(next);
                    }
                    if below.is_some_and(|below| below < self.end_of(r)) {
                        found.insert(r);
                    }
                }
            }
            Relation::Sibling => {
                let mut families: HashMap<u64, usize> = HashMap::new();
                for family in a.iter().filter_map(|l| self.family(l)) {
                    *families.entry(family).or_default() += 1;
                }
                for r in b.iter() {
                    let count = self.family(r).and_then(|f| families.get(&f)).copied();
                    if count.unwrap_or(0) > usize::from(a.contains(r)) {
                        found.insert(r);
                    }
                }
            }
        }
        found
    }

    fn parent_of(&self, position: usize) -> Option<usize> {
        self.parent.get(position).copied().filter(|p| *p != NONE).map(|p| p as usize)
    }

    fn end_of(&self, position: usize) -> usize {
        self.end.get(position).map_or(0, |end| *end as usize)
    }

    /// What siblings share: their parent, or being roots of one trace.
    fn family(&self, position: usize) -> Option<u64> {
        if let Some(parent) = self.parent_of(position) {
            return Some(parent as u64);
        }
        let trace = self.trace_at(position);
        let rooted = self.traces.get(trace).is_some_and(|t| position < t.rooted as usize);
        rooted.then_some((1 << 32) + trace as u64)
    }
}

fn reversed(relation: Relation) -> Relation {
    match relation {
        Relation::Child => Relation::Parent,
        Relation::Parent => Relation::Child,
        Relation::Descendant => Relation::Ancestor,
        Relation::Ancestor => Relation::Descendant,
        Relation::Sibling => Relation::Sibling,
    }
}
