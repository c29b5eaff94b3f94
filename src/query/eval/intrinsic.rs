//! Tempo's intrinsics of spans and traces.

use super::column::Column;
use super::layout::{Layout, NONE, TraceSpot};
use super::value::{Cell, Tables};
use crate::model::{Nanos, SpanRow};
use crate::query::syntax::Intrinsic;

/// Reads an intrinsic of the span or its trace. Names of events, links and the
/// voice vocabulary are read elsewhere.
pub(super) fn intrinsic(layout: &Layout, tables: &mut Tables<'_>, intrinsic: Intrinsic) -> Column {
    match intrinsic {
        Intrinsic::TraceDuration
        | Intrinsic::RootName
        | Intrinsic::RootService
        | Intrinsic::TraceId => of_traces(layout, tables, intrinsic),
        Intrinsic::SetLeft | Intrinsic::SetRight | Intrinsic::SetParent => {
            nested_set(layout, intrinsic)
        }
        Intrinsic::ChildCount => {
            Column::dense(layout.children.iter().map(|n| Cell::Int(i64::from(*n))).collect())
        }
        _ => {
            let store = tables.store;
            let rows = layout.spans.iter().filter_map(|ix| store.spans().get(ix.index()));
            Column::dense(rows.map(|row| of_span(tables, row, intrinsic)).collect())
        }
    }
}

fn of_span(tables: &mut Tables<'_>, row: &SpanRow, intrinsic: Intrinsic) -> Cell {
    let scope = || tables.store.scope(row.scope);
    match intrinsic {
        Intrinsic::Name => Cell::Text(row.name.into()),
        Intrinsic::Duration => between(row.start, row.end),
        Intrinsic::Status => Cell::Status(row.status),
        Intrinsic::StatusMessage => Cell::Text(row.status_message.into()),
        Intrinsic::Kind => Cell::Kind(row.kind),
        Intrinsic::SpanId => tables.text_cell(&format!("{:016x}", row.id)),
        Intrinsic::ParentId => tables.text_cell(&format!("{:016x}", row.parent)),
        Intrinsic::ScopeName => Cell::Text(scope().map(|s| s.name).unwrap_or_default().into()),
        Intrinsic::ScopeVersion => {
            Cell::Text(scope().map(|s| s.version).unwrap_or_default().into())
        }
        _ => Cell::Nil,
    }
}

/// The time from one moment to another; nil when either is not known, as in
/// spans that never ended.
pub(super) fn between(from: Nanos, to: Nanos) -> Cell {
    match (from.known(), to.known()) {
        (Some(from), Some(to)) => Cell::Duration(to.0.wrapping_sub(from.0) as i64),
        _ => Cell::Nil,
    }
}

fn of_traces(layout: &Layout, tables: &mut Tables<'_>, intrinsic: Intrinsic) -> Column {
    let mut cells = Vec::with_capacity(layout.len());
    for spot in &layout.traces {
        let cell = match intrinsic {
            Intrinsic::TraceId => {
                tables.text_cell(&format!("{:032x}", tables.store.trace_id(spot.trace)))
            }
            Intrinsic::TraceDuration => trace_duration(layout, tables, spot),
            _ => of_root(layout, tables, spot, intrinsic),
        };
        cells.resize(spot.end as usize, cell);
    }
    Column::dense(cells)
}

fn rows<'a>(
    layout: &'a Layout,
    tables: &Tables<'a>,
    spot: &TraceSpot,
) -> impl Iterator<Item = &'a SpanRow> {
    let store = tables.store;
    let spans = layout.spans.get(spot.range()).unwrap_or(&[]);
    spans.iter().filter_map(|ix| store.spans().get(ix.index()))
}

fn trace_duration(layout: &Layout, tables: &Tables<'_>, spot: &TraceSpot) -> Cell {
    let start = rows(layout, tables, spot).filter_map(|row| row.start.known()).min();
    let end = rows(layout, tables, spot).filter_map(|row| row.end.known()).max();
    between(start.unwrap_or(Nanos::NONE), end.unwrap_or(Nanos::NONE))
}

/// Facts of the root; a trace without one has empty texts.
fn of_root(
    layout: &Layout,
    tables: &mut Tables<'_>,
    spot: &TraceSpot,
    intrinsic: Intrinsic,
) -> Cell {
    let store = tables.store;
    let root = spot
        .root
        .and_then(|at| layout.spans.get(at as usize))
        .and_then(|ix| store.spans().get(ix.index()));
    let Some(root) = root else { return tables.text_cell("") };
    if intrinsic == Intrinsic::RootName {
        return Cell::Text(root.name.into());
    }
    let service = store.resource_attrs(root.scope).get("service.name");
    tables.text_cell(service.and_then(|v| v.as_str()).unwrap_or(""))
}

/// Left and right bounds of each span: a counter on the way down and up, from
/// 1 in each trace. Spans outside a tree have 0.
fn nested_set(layout: &Layout, intrinsic: Intrinsic) -> Column {
    let mut left = vec![0i64; layout.len()];
    let mut right = vec![0i64; layout.len()];
    for spot in &layout.traces {
        let mut counter = 0;
        let mut open: Vec<usize> = Vec::new();
        for at in spot.start as usize..spot.rooted as usize {
            close(layout, at, &mut open, &mut right, &mut counter);
            counter += 1;
            set(&mut left, at, counter);
            open.push(at);
        }
        close(layout, spot.rooted as usize, &mut open, &mut right, &mut counter);
    }
    let of = |column: &[i64], at: u32| Cell::Int(column.get(at as usize).copied().unwrap_or(0));
    let cells = (0u32..).zip(&layout.parent).map(|(at, parent)| match intrinsic {
        Intrinsic::SetLeft => of(&left, at),
        Intrinsic::SetRight => of(&right, at),
        _ if of(&left, at) == Cell::Int(0) => Cell::Int(0),
        _ if *parent == NONE => Cell::Int(-1),
        _ => of(&left, *parent),
    });
    Column::dense(cells.collect())
}

/// Goes up from all open spans that end before `at`.
fn close(layout: &Layout, at: usize, open: &mut Vec<usize>, right: &mut [i64], counter: &mut i64) {
    while let Some(last) = open.last().copied()
        && layout.end.get(last).is_none_or(|end| *end as usize <= at)
    {
        *counter += 1;
        set(right, last, *counter);
        open.pop();
    }
}

fn set(column: &mut [i64], at: usize, value: i64) {
    if let Some(slot) = column.get_mut(at) {
        *slot = value;
    }
}
