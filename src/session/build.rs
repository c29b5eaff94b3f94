//! From a store to sessions.

use super::assemble::{Case, assemble};
use super::group::{Group, Grouping, canonical_order};
use super::{Framework, Sessions, Unassigned};
use crate::dialect;
use crate::model::{DocIx, ItemRow, SpanIx, Store};
use hashbrown::HashMap;

/// Rebuilds every session in a store. The result is a function of the records
/// alone: order of arrival and batch borders do not matter.
#[must_use]
pub fn build(store: &Store) -> Sessions {
    let classes = dialect::classify(store);
    let grouping = Grouping::new(store, &classes);
    let items = items_by_document(store);
    let mut list: Vec<_> = grouping
        .live()
        .filter(|(_, group)| holds_something(group))
        .map(|(_, group)| {
            let mut session = assemble(&Case::new(store, &classes, group, &items));
            session.documents.clone_from(&group.documents);
            session.documents.sort_unstable();
            session
        })
        .collect();
    list.sort_by(|a, b| (a.start, &a.id, &a.trace_ids).cmp(&(b.start, &b.id, &b.trace_ids)));
    let unassigned = Unassigned {
        spans: unassigned_spans(store, &grouping),
        logs: grouping.loose_logs.clone(),
        points: grouping.loose_points.clone(),
    };
    Sessions { list, unassigned, diagnostics: Vec::new(), classes }
}

fn holds_something(group: &Group) -> bool {
    let known = group.framework != Framework::Unknown;
    !group.spans.is_empty()
        || !group.documents.is_empty()
        || (known && !(group.logs.is_empty() && group.points.is_empty()))
}

fn unassigned_spans(store: &Store, grouping: &Grouping<'_>) -> Vec<SpanIx> {
    let mut spans: Vec<SpanIx> = grouping
        .span_group
        .iter()
        .enumerate()
        .filter(|(_, group)| group.is_none())
        .map(|(at, _)| SpanIx::from(at))
        .collect();
    canonical_order(store, &mut spans);
    spans
}

fn items_by_document(store: &Store) -> HashMap<DocIx, Vec<&ItemRow>> {
    let mut items: HashMap<DocIx, Vec<&ItemRow>> = HashMap::new();
    for item in store.items() {
        items.entry(item.document).or_default().push(item);
    }
    for list in items.values_mut() {
        list.sort_by_key(|item| item.position);
    }
    items
}
