//! The case: everything known of one conversation, ready to be read.

use crate::dialect::{self, Dialect, Words};
use crate::model::{DocIx, DocumentRow, ItemRow, List, LogIx, PointIx, SpanIx, SpanView, Store};
use crate::session::group::Group;
use crate::session::{Framework, Op, SpanClass, SpanTree};
use hashbrown::HashMap;

/// A framework document with its items.
#[derive(Clone, Debug)]
pub(crate) struct Document<'a> {
    pub row: &'a DocumentRow,
    /// `livekit.chat_history`, `videosdk.turn_metrics`, `audio` …
    pub format: &'a str,
    pub attrs: List<'a>,
    /// Items in the document's order.
    pub items: Vec<&'a ItemRow>,
}

/// Everything known of one conversation.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub store: &'a Store,
    pub framework: Framework,
    classes: &'a [SpanClass],
    /// Spans in canonical order.
    pub spans: &'a [SpanIx],
    /// Their tree; node positions equal positions in `spans`.
    pub tree: SpanTree,
    /// Parent's position of each node.
    parents: Vec<Option<usize>>,
    /// The ops of all spans above each one, a bit an op.
    ops_above: Vec<u32>,
    /// Log records in order of time.
    pub logs: Vec<LogIx>,
    /// Metric points in order of time.
    pub points: Vec<PointIx>,
    pub documents: Vec<Document<'a>>,
}

impl<'a> Case<'a> {
    /// Reads a group. `items` holds the item rows of each document.
    pub(crate) fn new(
        store: &'a Store,
        classes: &'a [SpanClass],
        group: &'a Group,
        items: &HashMap<DocIx, Vec<&'a ItemRow>>,
    ) -> Self {
        let tree = SpanTree::new(store, &group.spans);
        let mut parents = vec![None; tree.nodes.len()];
        for (at, node) in tree.nodes.iter().enumerate() {
            for child in &node.children {
                if let Some(slot) = parents.get_mut(*child) {
                    *slot = Some(at);
                }
            }
        }
        let ops_above = ops_above(&tree, classes);
        Self {
            store,
            framework: group.framework,
            classes,
            spans: &group.spans,
            tree,
            parents,
            ops_above,
            logs: sorted_logs(store, &group.logs),
            points: sorted_points(store, &group.points),
            documents: documents(store, &group.documents, items),
        }
    }

    /// The span at a position.
    pub(crate) fn view(&self, at: usize) -> Option<SpanView<'a>> {
        self.store.span(*self.spans.get(at)?)
    }

    /// All spans with their positions, in canonical order.
    pub(crate) fn views(&self) -> impl Iterator<Item = (usize, SpanView<'a>)> + '_ {
        (0..self.spans.len()).filter_map(|at| Some((at, self.view(at)?)))
    }

    /// What the span at a position does.
    pub(crate) fn op(&self, at: usize) -> Op {
        self.spans
            .get(at)
            .and_then(|ix| self.classes.get(ix.index()))
            .map_or(Op::Other, |class| class.op)
    }

    /// The dialect that the span at a position speaks, if any is known.
    pub(crate) fn dialect(&self, at: usize) -> Option<&'static Dialect> {
        let class = self.classes.get(self.spans.get(at)?.index())?;
        dialect::of(*class)
    }

    /// How the span at a position spells facts that not all conventions share.
    pub(crate) fn words(&self, at: usize) -> &'static Words {
        self.dialect(at).map_or(&Words::NONE, |dialect| &dialect.words)
    }

    /// The parent's position.
    pub(crate) fn parent(&self, at: usize) -> Option<usize> {
        self.parents.get(at).copied().flatten()
    }

    /// Ancestors from the parent to the root.
    pub(crate) fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.parent(at), |up| self.parent(*up))
    }

    /// Whether a span of one of these ops is above a position. Costs nothing,
    /// however deep it stands.
    pub(crate) fn is_below(&self, at: usize, ops: &[Op]) -> bool {
        let above = self.ops_above.get(at).copied().unwrap_or(0);
        ops.iter().any(|op| above & bit(*op) != 0)
    }

    /// Positions of the children, in canonical order.
    pub(crate) fn children(&self, at: usize) -> &[usize] {
        self.tree.nodes.get(at).map_or(&[], |node| &node.children)
    }

    /// A position and all below it, depth first.
    pub(crate) fn subtree(&self, at: usize) -> Vec<usize> {
        let mut all = Vec::new();
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            all.push(at);
            open.extend(self.children(at).iter().rev());
        }
        all
    }

    /// A position and all below it, but nothing from a further span of the same
    /// name on: that is a unit of its own. A hostile chain of such spans would
    /// otherwise be walked once for each of them.
    pub(crate) fn own_subtree(&self, at: usize) -> Vec<usize> {
        let name = self.view(at).map(|view| view.row.name);
        let is_unit = |child: usize| self.view(child).map(|view| view.row.name) == name;
        let mut all = Vec::new();
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            all.push(at);
            open.extend(self.children(at).iter().rev().copied().filter(|child| !is_unit(*child)));
        }
        all
    }

    /// Whether the span names a parent that is nowhere in the input.
    pub(crate) fn is_orphan(&self, at: usize) -> bool {
        self.tree.nodes.get(at).is_some_and(|node| node.orphan)
    }
}

fn bit(op: Op) -> u32 {
    1 << (op as u32)
}

/// From the roots down: to look up from every span again would take hours in a
/// chain of a million.
fn ops_above(tree: &SpanTree, classes: &[SpanClass]) -> Vec<u32> {
    let mut above = vec![0; tree.nodes.len()];
    for at in tree.depth_first() {
        let Some(node) = tree.nodes.get(at) else { continue };
        let op = classes.get(node.span.index()).map_or(Op::Other, |class| class.op);
        let below = above.get(at).copied().unwrap_or(0) | bit(op);
        for child in &node.children {
            if let Some(slot) = above.get_mut(*child) {
                *slot = below;
            }
        }
    }
    above
}

/// Order of log records that does not depend on the order of arrival.
fn sorted_logs(store: &Store, logs: &[LogIx]) -> Vec<LogIx> {
    let mut logs = logs.to_vec();
    let key = |ix: &LogIx| store.log(*ix).map(|log| (log.at(), log.span, log.severity));
    let text = |ix: &LogIx| {
        store.log(*ix).map(|log| {
            let body = format!("{:?}", store.value(log.body).as_str());
            let attrs: Vec<String> = store
                .attrs(log.attrs)
                .iter()
                .map(|(key, value)| format!("{key}={:?}", value.as_str()))
                .collect();
            (body, attrs)
        })
    };
    logs.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| text(a).cmp(&text(b))));
    logs
}

fn sorted_points(store: &Store, points: &[PointIx]) -> Vec<PointIx> {
    let mut points = points.to_vec();
    let key = |ix: &PointIx| {
        store.point(*ix).map(|point| {
            let name = store.metric(point.metric).map_or("", |m| store.str(m.name));
            let attrs: Vec<String> = store
                .attrs(point.attrs)
                .iter()
                .map(|(key, value)| format!("{key}={:?}", value.as_str()))
                .collect();
            (point.time, name, attrs, format!("{:?}", point.value))
        })
    };
    points.sort_by_cached_key(|ix| key(ix));
    points
}

fn documents<'a>(
    store: &'a Store,
    documents: &[DocIx],
    items: &HashMap<DocIx, Vec<&'a ItemRow>>,
) -> Vec<Document<'a>> {
    let mut list: Vec<Document<'a>> = documents
        .iter()
        .filter_map(|ix| {
            let row = store.documents().get(ix.index())?;
            Some(Document {
                row,
                format: store.str(row.format),
                attrs: store.attrs(row.attrs),
                items: items.get(ix).cloned().unwrap_or_default(),
            })
        })
        .collect();
    let place =
        |d: &Document<'_>| store.part(d.row.part).map(|p| (p.source.clone(), p.name.clone()));
    list.sort_by(|a, b| {
        a.format.cmp(b.format).then(b.items.len().cmp(&a.items.len())).then(place(a).cmp(&place(b)))
    });
    list
}
