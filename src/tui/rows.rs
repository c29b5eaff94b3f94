//! The rows of an opened call: a flat list that is made anew only when
//! something is folded or unfolded, so that drawing and moving cost nothing
//! for what is not visible.

use super::filter::Filter;
use crate::model::{SpanIx, Store};
use crate::session::{CallError, ErrorKind, Session, SpanTree, ToolCall, ToolStatus, Turn};
use hashbrown::{HashMap, HashSet};

/// One row. Numbers are positions in the session's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Row {
    /// The session itself.
    Session,
    /// An error that belongs to no turn.
    Fault(u32),
    /// A change of agent, before the turn of this position.
    Handoff { at: u32, before: u32 },
    /// A turn.
    Turn(u32),
    /// A tool call of a turn.
    Tool { turn: u32, at: u32 },
    /// An error of a turn.
    Error { turn: u32, at: u32 },
    /// The spans that belong to no turn.
    Outside,
    /// A span: its home and its position in the home's tree.
    Span { home: Home, node: u32 },
}

/// Where a span is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Home {
    /// Under a turn.
    Turn(u32),
    /// Under "outside turns".
    Outside,
}

/// How far a turn is unfolded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// The turn alone.
    Closed,
    /// With its tool calls and errors.
    Parts,
    /// With its spans too.
    Spans,
}

/// Trees of more spans are first shown with their roots only.
const SMALL_TREE: usize = 300;

/// What is unfolded.
#[derive(Clone, Debug)]
struct Folds {
    /// Level of the turns that were not touched.
    base: Level,
    touched: HashMap<u32, Level>,
    outside_open: bool,
    /// Whether large trees are first shown whole, too.
    large_open: bool,
    /// Spans whose fold differs from their tree's first state.
    flipped: HashSet<(Home, u32)>,
}

/// What is unfolded, and the rows that follow from it.
#[derive(Debug)]
pub(super) struct Rows {
    list: Vec<Row>,
    folds: Folds,
    /// What was unfolded before rows were filtered.
    before: Option<Folds>,
    trees: HashMap<Home, SpanTree>,
    /// For trees of which a filter leaves something: which of their nodes.
    kept: HashMap<Home, Vec<bool>>,
    handoffs: Vec<Row>,
}

impl Rows {
    pub(super) fn new(session: &Session, outside: &[SpanIx], outside_open: bool) -> Self {
        let folds = Folds {
            base: Level::Parts,
            touched: HashMap::new(),
            outside_open: outside_open && outside.len() <= SMALL_TREE,
            large_open: false,
            flipped: HashSet::new(),
        };
        Self {
            list: Vec::new(),
            folds,
            before: None,
            trees: HashMap::new(),
            kept: HashMap::new(),
            handoffs: handoffs(session),
        }
    }

    /// Unfolds everything, so that what a filter leaves is seen; turns only with
    /// their parts where it leaves too much.
    pub(super) fn unfold_for(&mut self, filter: &Filter) {
        let small = filter.is_small();
        let all = Folds {
            base: if small { Level::Spans } else { Level::Parts },
            touched: HashMap::new(),
            outside_open: small,
            large_open: small,
            flipped: HashSet::new(),
        };
        let folds = std::mem::replace(&mut self.folds, all);
        self.before.get_or_insert(folds);
    }

    /// Folds as it was before rows were filtered.
    pub(super) fn fold_as_before(&mut self) {
        if let Some(folds) = self.before.take() {
            self.folds = folds;
        }
    }

    pub(super) fn list(&self) -> &[Row] {
        &self.list
    }

    pub(super) fn get(&self, at: usize) -> Option<Row> {
        self.list.get(at).copied()
    }

    pub(super) fn position(&self, row: Row) -> Option<usize> {
        self.list.iter().position(|other| *other == row)
    }

    pub(super) fn level(&self, turn: u32) -> Level {
        self.folds.touched.get(&turn).copied().unwrap_or(self.folds.base)
    }

    pub(super) fn set_level(&mut self, turn: u32, level: Level) {
        self.folds.touched.insert(turn, level);
    }

    /// All turns closed, or all with their parts if they were.
    pub(super) fn flip_all(&mut self) {
        self.folds.base = match self.folds.base {
            Level::Closed => Level::Parts,
            Level::Parts | Level::Spans => Level::Closed,
        };
        self.folds.touched.clear();
        self.folds.outside_open = false;
    }

    pub(super) fn is_outside_open(&self) -> bool {
        self.folds.outside_open
    }

    pub(super) fn open_outside(&mut self, open: bool) {
        self.folds.outside_open = open;
    }

    /// The span of a row, its depth and how many of its children are shown.
    pub(super) fn span(&self, home: Home, node: u32) -> Option<(SpanIx, u32, usize)> {
        let node = self.trees.get(&home)?.nodes.get(node as usize)?;
        let children = match self.kept.get(&home) {
            Some(kept) => {
                node.children.iter().filter(|child| kept.get(**child) == Some(&true)).count()
            }
            None => node.children.len(),
        };
        Some((node.span, node.depth, children))
    }

    pub(super) fn is_span_open(&self, home: Home, node: u32) -> bool {
        let small = self.trees.get(&home).is_some_and(|tree| tree.nodes.len() <= SMALL_TREE);
        (small || self.folds.large_open) != self.folds.flipped.contains(&(home, node))
    }

    pub(super) fn open_span(&mut self, home: Home, node: u32, open: bool) {
        if self.is_span_open(home, node) != open && !self.folds.flipped.remove(&(home, node)) {
            self.folds.flipped.insert((home, node));
        }
    }

    /// Makes the list anew, of what a filter leaves.
    pub(super) fn rebuild(
        &mut self,
        store: &Store,
        session: &Session,
        outside: &[SpanIx],
        filter: Option<&Filter>,
    ) {
        self.kept.clear();
        let is_shown = |row: &Row| filter.is_none_or(|filter| filter.keeps(session, *row));
        let mut list = std::mem::take(&mut self.list);
        list.clear();
        list.push(Row::Session);
        list.extend((0..session.errors.len() as u32).map(Row::Fault).filter(is_shown));
        let mut handoffs = std::mem::take(&mut self.handoffs).into_iter().peekable();
        let mut shown_handoffs = Vec::new();
        for (turn, number) in session.turns.iter().zip(0u32..) {
            let here = |row: &Row| matches!(row, Row::Handoff { before, .. } if *before <= number);
            while let Some(row) = handoffs.next_if(here) {
                list.extend(Some(row).filter(is_shown));
                shown_handoffs.push(row);
            }
            if !is_shown(&Row::Turn(number)) {
                continue;
            }
            list.push(Row::Turn(number));
            let level = self.level(number);
            if level >= Level::Parts {
                let tools = 0..turn.tools.len() as u32;
                list.extend(tools.map(|at| Row::Tool { turn: number, at }).filter(is_shown));
                let errors = errors_of(turn).map(|at| Row::Error { turn: number, at });
                list.extend(errors.filter(is_shown));
            }
            if level == Level::Spans {
                self.push_spans(&mut list, store, (Home::Turn(number), &turn.spans), filter);
            }
        }
        for row in handoffs {
            list.extend(Some(row).filter(is_shown));
            shown_handoffs.push(row);
        }
        self.handoffs = shown_handoffs;
        let has_match = |span: &SpanIx| filter.is_none_or(|filter| filter.has(*span));
        if outside.iter().any(has_match) {
            list.push(Row::Outside);
            if self.folds.outside_open {
                self.push_spans(&mut list, store, (Home::Outside, outside), filter);
            }
        }
        self.list = list;
    }

    fn push_spans(
        &mut self,
        list: &mut Vec<Row>,
        store: &Store,
        (home, spans): (Home, &[SpanIx]),
        filter: Option<&Filter>,
    ) {
        self.trees.entry(home).or_insert_with(|| SpanTree::new(store, spans));
        let Some(tree) = self.trees.get(&home) else { return };
        if let Some(filter) = filter {
            self.kept.insert(home, filter.kept_nodes(tree));
        }
        let kept = self.kept.get(&home);
        let mut open: Vec<usize> = tree.roots.iter().rev().copied().collect();
        while let Some(at) = open.pop() {
            if kept.is_some_and(|kept| kept.get(at) != Some(&true)) {
                continue;
            }
            list.push(Row::Span { home, node: at as u32 });
            let Some(node) = tree.nodes.get(at) else { continue };
            if !node.children.is_empty() && self.is_span_open(home, at as u32) {
                open.extend(node.children.iter().rev());
            }
        }
    }
}

/// Positions of a turn's errors, without those that a tool call tells.
pub(super) fn errors_of(turn: &Turn) -> impl Iterator<Item = u32> + '_ {
    let told = |error: &CallError| {
        error.kind == ErrorKind::Tool && turn.tools.iter().any(|tool| tells(tool, error))
    };
    turn.errors.iter().zip(0u32..).filter(move |(error, _)| !told(error)).map(|(_, at)| at)
}

/// Whether a failed tool call is what an error is about.
fn tells(tool: &ToolCall, error: &CallError) -> bool {
    let same_span = error.span.is_some() && tool.span == error.span;
    let texts = [&tool.error, &tool.output];
    let same_words = error.message.as_deref().is_some_and(|message| {
        !message.is_empty() && texts.into_iter().flatten().any(|text| text.contains(message))
    });
    tool.status == ToolStatus::Error && (same_span || same_words)
}

/// Handoffs with the turn that each comes before.
fn handoffs(session: &Session) -> Vec<Row> {
    let mut rows = Vec::with_capacity(session.handoffs.len());
    for (handoff, at) in session.handoffs.iter().zip(0u32..) {
        let before = session.turns.iter().position(|turn| match (turn.start, handoff.at) {
            (Some(start), Some(at)) => start >= at,
            _ => false,
        });
        let before = before.unwrap_or(session.turns.len()) as u32;
        rows.push(Row::Handoff { at, before });
    }
    rows.sort_by_key(|row| match row {
        Row::Handoff { at, before } => (*before, *at),
        _ => (0, 0),
    });
    rows
}

/// The place of a row in the order of the call, also of one that is folded
/// away.
pub(super) fn order(row: Row) -> (u32, u8, u32) {
    match row {
        Row::Session => (0, 0, 0),
        Row::Fault(at) => (0, 1, at),
        Row::Handoff { at, before } => (before, 9, at),
        Row::Turn(turn) => (turn + 1, 0, 0),
        Row::Tool { turn, at } => (turn + 1, 1, at),
        Row::Error { turn, at } => (turn + 1, 2, at),
        Row::Span { home: Home::Turn(turn), node } => (turn + 1, 3, node),
        Row::Outside => (u32::MAX, 0, 0),
        Row::Span { home: Home::Outside, node } => (u32::MAX, 1, node),
    }
}

/// The turn that a row belongs to.
pub(super) fn turn_of(row: Row) -> Option<u32> {
    match row {
        Row::Turn(turn)
        | Row::Tool { turn, .. }
        | Row::Error { turn, .. }
        | Row::Span { home: Home::Turn(turn), .. } => Some(turn),
        Row::Session
        | Row::Fault(_)
        | Row::Handoff { .. }
        | Row::Outside
        | Row::Span { home: Home::Outside, .. } => None,
    }
}
