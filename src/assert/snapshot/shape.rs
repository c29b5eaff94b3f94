//! The tree of a session in a snapshot: session → turn → tool and spans.
//!
//! Turns come as the session numbers them. In a turn, tool calls stand on the
//! level of the turn, wherever an SDK hangs their spans; a span that is the
//! session or the turn itself gives what is under it to the line that stands
//! for it already. Everything else keeps its parent. Siblings are ordered by
//! start, then by what their lines say.
//!
//! Unless all spans are asked for, those that are no part of the conversation
//! (hooks, lifecycle, evaluations …) are left out, and a call that an SDK tells
//! as several spans inside each other is one line; what failed is always there.

use super::line;
use super::options::{Keep, SnapshotDetail, SnapshotOptions};
use crate::model::{Nanos, SpanIx, SpanStatus, Store};
use crate::output::escape::clip;
use crate::session::{Op, Session, Sessions, SpanTree, Turn};
use hashbrown::HashMap;
use std::fmt::Write;

/// Blanks a level; deeper levels than this many say how deep they are.
const INDENT: usize = 2;
const DEEPEST_INDENT: usize = 24;

#[derive(Debug)]
struct Node {
    line: String,
    start: Nanos,
    /// Positions, in order.
    children: Vec<usize>,
    /// Of the line and everything below it.
    hash: u64,
    /// Whether it is one line with equal neighbours.
    folds: bool,
    /// The op of a span that a span of the same op above it stands for.
    inner: Option<Op>,
}

/// What becomes of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It has a line.
    Line,
    /// It has none; what is below it is given to the line above.
    Through,
    /// It has none, and neither has what is below it.
    Gone,
}

/// A session as lines with lines below them.
#[derive(Debug)]
pub(super) struct Shape {
    nodes: Vec<Node>,
    root: usize,
}

impl Shape {
    pub(super) fn of(
        store: &Store,
        all: &Sessions,
        session: &Session,
        options: &SnapshotOptions,
    ) -> Self {
        let mut builder = Builder { store, all, options, nodes: Vec::new() };
        let root = builder.session(session);
        Self { nodes: builder.nodes, root }
    }

    /// Writes a line a node, children below their parents.
    pub(super) fn write(&self, fold: bool, out: &mut String) {
        let mut open = vec![(self.root, 0usize, 1usize)];
        while let Some((at, depth, times)) = open.pop() {
            let Some(node) = self.nodes.get(at) else { continue };
            push_line(out, depth, &node.line, times);
            let runs = self.runs(&node.children, fold);
            open.extend(runs.into_iter().rev().map(|(at, times)| (at, depth + 1, times)));
        }
    }

    /// Siblings with how often each comes in a row.
    fn runs(&self, siblings: &[usize], fold: bool) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::with_capacity(siblings.len());
        let key = |at: usize| {
            self.nodes.get(at).filter(|node| node.folds).map(|node| (node.hash, &node.line))
        };
        for &at in siblings {
            match runs.last_mut() {
                Some((last, times)) if fold && key(at).is_some() && key(*last) == key(at) => {
                    *times += 1;
                }
                _ => runs.push((at, 1)),
            }
        }
        runs
    }
}

fn push_line(out: &mut String, depth: usize, line: &str, times: usize) {
    let mut text = " ".repeat(depth.min(DEEPEST_INDENT) * INDENT);
    // Writing to a String cannot fail.
    if depth > DEEPEST_INDENT {
        let _ = write!(text, "(level {depth}) ");
    }
    text.push_str(line);
    let mut end = String::new();
    if times > 1 {
        let _ = write!(end, " ×{times}");
    }
    let room = super::WIDEST.saturating_sub(end.chars().count());
    let _ = writeln!(out, "{}{end}", clip(&text, room));
}

struct Builder<'a> {
    store: &'a Store,
    all: &'a Sessions,
    options: &'a SnapshotOptions,
    nodes: Vec<Node>,
}

impl Builder<'_> {
    fn add(&mut self, line: String, start: Option<Nanos>, mut children: Vec<usize>) -> usize {
        self.sort(&mut children);
        let below = children.iter().filter_map(|at| self.nodes.get(*at));
        let hash =
            below.fold(hash(line.as_bytes()), |hash, node| more(hash, &node.hash.to_le_bytes()));
        let start = start.unwrap_or(Nanos::NONE);
        self.nodes.push(Node { line, start, children, hash, folds: true, inner: None });
        self.nodes.len() - 1
    }

    /// A node whose children keep their order and that stands alone.
    fn add_ordered(&mut self, line: String, children: Vec<usize>) -> usize {
        let start = Nanos::NONE;
        self.nodes.push(Node { line, start, children, hash: 0, folds: false, inner: None });
        self.nodes.len() - 1
    }

    fn sort(&self, siblings: &mut [usize]) {
        let key = |at: &usize| {
            self.nodes
                .get(*at)
                .map(|node| (node.start.known().is_none(), node.start, &node.line, node.hash))
        };
        siblings.sort_by(|a, b| key(a).cmp(&key(b)));
    }

    fn session(&mut self, session: &Session) -> usize {
        let mut lines = Vec::new();
        let mut failed = false;
        let mut handoffs = session.handoffs.iter().peekable();
        for turn in &session.turns {
            while let Some(handoff) = handoffs
                .next_if(|h| matches!((h.at, turn.start), (Some(at), Some(start)) if at <= start))
            {
                let line = line::handoff(handoff, self.options);
                lines.push(self.add_ordered(line, Vec::new()));
            }
            lines.push(self.turn(turn));
        }
        for handoff in handoffs {
            let line = line::handoff(handoff, self.options);
            lines.push(self.add_ordered(line, Vec::new()));
        }
        let inside: hashbrown::HashSet<SpanIx> =
            session.turns.iter().flat_map(|turn| turn.spans.iter().copied()).collect();
        let outside: Vec<SpanIx> =
            session.spans.iter().copied().filter(|ix| !inside.contains(ix)).collect();
        let (mut spans, _) = self.spans(&outside, Op::Session, &HashMap::new(), &mut failed);
        if !spans.is_empty() {
            self.sort(&mut spans);
            lines.push(self.add_ordered("outside turns".to_owned(), spans));
        }
        let line = line::session(session, self.options, failed);
        self.add_ordered(line, lines)
    }

    fn turn(&mut self, turn: &Turn) -> usize {
        let calls: HashMap<SpanIx, usize> =
            turn.tools.iter().enumerate().filter_map(|(at, tool)| Some((tool.span?, at))).collect();
        let mut failed = false;
        let (mut lines, under) = self.spans(&turn.spans, Op::Turn, &calls, &mut failed);
        let mut under_call: HashMap<usize, Vec<usize>> = under.into_iter().collect();
        for (at, tool) in turn.tools.iter().enumerate() {
            let below = under_call.remove(&at).unwrap_or_default();
            let line = line::tool(tool, self.options);
            lines.push(self.add(line, tool.start, below));
        }
        if self.options.keeps(&Keep::Status) {
            let told = |error: &&crate::session::CallError| {
                error.span.is_none() && !error.kind.is_recovered()
            };
            for error in turn.errors.iter().filter(told) {
                lines.push(self.add(
                    format!("error {}", error.kind.as_str()),
                    error.at,
                    Vec::new(),
                ));
            }
        }
        self.sort(&mut lines);
        let line = line::turn(turn, self.options, failed);
        self.add_ordered(line, lines)
    }

    /// The lines of a list of spans that have no line above them in it, and
    /// those below each tool call. A span of the op `stood_for` has no line of
    /// its own; when it failed, `failed` says so.
    fn spans(
        &mut self,
        spans: &[SpanIx],
        stood_for: Op,
        calls: &HashMap<SpanIx, usize>,
        failed: &mut bool,
    ) -> (Vec<usize>, Vec<(usize, Vec<usize>)>) {
        let tree = SpanTree::new(self.store, spans);
        // What each span gives to the one above it.
        let mut given: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut under_calls = Vec::new();
        // Children come after their parents in this order, so they are done first.
        for at in tree.depth_first().into_iter().rev() {
            let Some(node) = tree.nodes.get(at) else { continue };
            let mut lists = node.children.iter().filter_map(|child| given.remove(child));
            // The first list is taken as it is: a chain costs nothing.
            let mut below = lists.next().unwrap_or_default();
            below.extend(lists.flatten());
            let Some(span) = self.store.span(node.span) else { continue };
            let op = self.all.op(node.span);
            if let Some(call) = calls.get(&node.span) {
                under_calls.push((*call, below));
                continue;
            }
            let is_error = span.row.status == SpanStatus::Error;
            if op == stood_for {
                *failed |= is_error;
            }
            match self.fate(op, stood_for, is_error) {
                Fate::Gone => {}
                Fate::Through => drop(given.insert(at, below)),
                Fate::Line => {
                    let line = line::span(op, &span, self.options);
                    let below = self.without_inner(op, below);
                    let added = self.add(line, span.row.start.known(), below);
                    if let Some(node) = self.nodes.get_mut(added).filter(|_| !is_error) {
                        node.inner = Some(op);
                    }
                    given.insert(at, vec![added]);
                }
            }
        }
        let roots = tree.roots.iter().filter_map(|root| given.remove(root)).flatten().collect();
        (roots, under_calls)
    }
}

impl Builder<'_> {
    fn fate(&self, op: Op, stood_for: Op, is_error: bool) -> Fate {
        match (self.options.detail, op) {
            (_, op) if op == stood_for => Fate::Through,
            (SnapshotDetail::Turns, _) => Fate::Gone,
            (SnapshotDetail::Ops, _) if is_error => Fate::Line,
            // Models that judge a call are no part of it.
            (SnapshotDetail::Ops, Op::Eval) => Fate::Gone,
            (
                SnapshotDetail::Ops,
                Op::Session | Op::Turn | Op::Hook | Op::Lifecycle | Op::Other | Op::Handoff,
            ) => Fate::Through,
            _ => Fate::Line,
        }
    }

    /// Lines with those of the same op replaced by what is below them.
    fn without_inner(&self, op: Op, lines: Vec<usize>) -> Vec<usize> {
        if self.options.detail == SnapshotDetail::Spans {
            return lines;
        }
        let mut out = Vec::with_capacity(lines.len());
        for at in lines {
            match self.nodes.get(at) {
                Some(node) if node.inner == Some(op) => out.extend_from_slice(&node.children),
                _ => out.push(at),
            }
        }
        out
    }
}

/// FNV-1a: the same on every machine.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    more(0xcbf2_9ce4_8422_2325, bytes)
}

fn more(hash: u64, bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
