//! The tree of a list of spans by their parent ids, whatever is missing.
//!
//! Every span appears exactly once: a span whose parent is not in the list is
//! a root, and a cycle is cut at its first span in canonical order.

use crate::model::{SpanIx, Store};
use hashbrown::HashMap;

/// A span in a [`SpanTree`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeNode {
    /// The span.
    pub span: SpanIx,
    /// Depth below its root, from 0.
    pub depth: u32,
    /// Positions of its children in [`SpanTree::nodes`], in canonical order.
    pub children: Vec<usize>,
    /// Whether it names a parent that is nowhere in the list.
    pub orphan: bool,
}

/// Spans as a forest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanTree {
    /// Nodes in the order of the list.
    pub nodes: Vec<TreeNode>,
    /// Positions of the roots, in the order of the list.
    pub roots: Vec<usize>,
}

impl SpanTree {
    /// The tree of `spans`, which must be in canonical order.
    #[must_use]
    pub fn new(store: &Store, spans: &[SpanIx]) -> Self {
        let mut by_id = HashMap::with_capacity(spans.len());
        for (at, ix) in spans.iter().enumerate() {
            if let Some(row) = store.spans().get(ix.index()) {
                by_id.entry((row.trace, row.id)).or_insert(at);
            }
        }
        let parents: Vec<Option<usize>> = spans
            .iter()
            .enumerate()
            .map(|(at, ix)| {
                let row = store.spans().get(ix.index())?;
                let parent = by_id.get(&(row.trace, row.parent)).copied();
                parent.filter(|&p| row.parent != 0 && p != at)
            })
            .collect();
        let mut tree = Self {
            nodes: spans
                .iter()
                .zip(&parents)
                .map(|(&span, parent)| TreeNode {
                    span,
                    depth: 0,
                    children: Vec::new(),
                    orphan: parent.is_none()
                        && store
                            .spans()
                            .get(span.index())
                            .is_some_and(|r| r.parent != 0 && r.parent != r.id),
                })
                .collect(),
            roots: Vec::new(),
        };
        tree.link(&parents);
        tree
    }

    fn link(&mut self, parents: &[Option<usize>]) {
        let mut cut = vec![false; parents.len()];
        mark_cycles(parents, &mut cut);
        for (at, parent) in parents.iter().enumerate() {
            match parent {
                Some(parent) if cut.get(at) == Some(&false) => {
                    if let Some(node) = self.nodes.get_mut(*parent) {
                        node.children.push(at);
                    }
                }
                _ => self.roots.push(at),
            }
        }
        let mut open: Vec<(usize, u32)> = self.roots.iter().map(|&r| (r, 0)).collect();
        while let Some((at, depth)) = open.pop() {
            if let Some(node) = self.nodes.get_mut(at) {
                node.depth = depth;
                open.extend(node.children.iter().map(|&c| (c, depth + 1)));
            }
        }
    }

    /// Positions in depth-first order, each node before its children.
    #[must_use]
    pub fn depth_first(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut open: Vec<usize> = self.roots.iter().rev().copied().collect();
        while let Some(at) = open.pop() {
            order.push(at);
            if let Some(node) = self.nodes.get(at) {
                open.extend(node.children.iter().rev());
            }
        }
        order
    }
}

/// Marks one span of each cycle, the one that comes first.
fn mark_cycles(parents: &[Option<usize>], cut: &mut [bool]) {
    const NEW: u32 = 0;
    let mut walk = vec![NEW; parents.len()];
    for start in 0..parents.len() {
        let (mut at, number) = (start, start as u32 + 1);
        loop {
            match walk.get_mut(at) {
                Some(seen) if *seen == NEW => *seen = number,
                // Came back to this very walk: `at` lies on a cycle.
                Some(seen) if *seen == number => {
                    cut_first(parents, at, cut);
                    break;
                }
                _ => break,
            }
            match parents.get(at) {
                Some(Some(parent)) => at = *parent,
                _ => break,
            }
        }
    }
}

fn cut_first(parents: &[Option<usize>], on_cycle: usize, cut: &mut [bool]) {
    let (mut first, mut at) = (on_cycle, on_cycle);
    while let Some(Some(parent)) = parents.get(at) {
        at = *parent;
        first = first.min(at);
        if at == on_cycle {
            break;
        }
    }
    if let Some(slot) = cut.get_mut(first) {
        *slot = true;
    }
}
