//! Tree patterns over the session model.
//!
//! The tree is the same for every framework: a session has turns and handoffs,
//! a turn has its model calls, tool calls, syntheses and so on, nested as their
//! spans are. Tool calls are always parts of the turn itself: whether their
//! spans are below the model call or beside it differs from SDK to SDK. Spans without a word of their own (hooks, requests inside a
//! node, turn spans) are passed over, and what is below them moves up.

use super::arrange::{Times, arrange};
use super::case::{Case, Item, Thing, Unit};
use super::expr::Env;
use super::outcome::{Finding, Outcome};
use crate::assert::lang::words::Kind;
use crate::assert::lang::{Label, PatternNode, Source, What};
use crate::assert::spec::model::Mode;
use crate::dialect::Op;
use crate::model::SpanIx;
use crate::session::Role;
use hashbrown::HashMap;

/// Kinds that are parts of a turn.
const PARTS: [Op; 7] = [Op::Vad, Op::Stt, Op::Eou, Op::Llm, Op::Realtime, Op::Tts, Op::Speech];
/// Levels that are kept apart; what is deeper counts to the last one.
const DEEPEST: usize = 64;
/// How many nodes of a row a message names.
const NAMED: usize = 12;

#[derive(Debug)]
struct Node {
    thing: Thing,
    kind: Kind,
    below: Vec<usize>,
}

/// The tree of a unit; the first node is the root.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    fn new(case: &Case<'_, '_>, unit: Unit, exchanges: bool) -> Self {
        let mut tree = Self { nodes: Vec::new() };
        let turns = case.session.turns.len() as u32;
        match unit {
            Unit::Turn(turn) => {
                tree.turn(case, turn);
            }
            Unit::Span(span) => {
                tree.push(Thing::Span(span), Kind::Op(case.world.sessions.op(span)), None);
            }
            // No tree is asked of a part of a turn.
            Unit::Part(thing) => {
                tree.push(thing, Kind::Tool, None);
            }
            Unit::Exchange(user) => {
                let root = tree.push(Thing::Exchange(user), Kind::Exchange, None);
                tree.turns_of(case, root, case.members(user).iter().copied());
            }
            Unit::Session => {
                let root = tree.push(Thing::Session, Kind::Session, None);
                if exchanges {
                    let alone = |at: &u32| case.exchange_of(*at).is_none();
                    tree.turns_of(case, root, (0..turns).filter(alone));
                    for user in case.things(Kind::Exchange, Unit::Session).iter() {
                        let Thing::Exchange(user) = *user else { continue };
                        let at = tree.push(Thing::Exchange(user), Kind::Exchange, Some(root));
                        tree.turns_of(case, at, case.members(user).iter().copied());
                    }
                } else {
                    tree.turns_of(case, root, 0..turns);
                }
                for handoff in case.things(Kind::Handoff, Unit::Session).iter() {
                    tree.push(*handoff, Kind::Handoff, Some(root));
                }
                tree.sort(case, root);
            }
        }
        tree
    }

    fn push(&mut self, thing: Thing, kind: Kind, parent: Option<usize>) -> usize {
        let at = self.nodes.len();
        self.nodes.push(Node { thing, kind, below: Vec::new() });
        if let Some(parent) = parent.and_then(|parent| self.nodes.get_mut(parent)) {
            parent.below.push(at);
        }
        at
    }

    fn sort(&mut self, case: &Case<'_, '_>, at: usize) {
        let Some(node) = self.nodes.get_mut(at) else { return };
        let mut below = std::mem::take(&mut node.below);
        let key = |at: &usize| self.nodes.get(*at).map(|node| case.order(node.thing));
        below.sort_by_cached_key(key);
        if let Some(node) = self.nodes.get_mut(at) {
            node.below = below;
        }
    }

    fn turns_of(&mut self, case: &Case<'_, '_>, parent: usize, turns: impl Iterator<Item = u32>) {
        for turn in turns {
            let at = self.turn(case, turn);
            if let Some(parent) = self.nodes.get_mut(parent) {
                parent.below.push(at);
            }
        }
    }

    /// A turn with its parts.
    fn turn(&mut self, case: &Case<'_, '_>, turn: u32) -> usize {
        let kind = match case.turn(turn).map(|turn| turn.role) {
            Some(Role::User) => Kind::User,
            _ => Kind::Agent,
        };
        let root = self.push(Thing::Turn(turn), kind, None);
        let unit = Unit::Turn(turn);
        let mut parts: Vec<(Thing, Kind)> = Vec::new();
        for kind in PARTS.into_iter().map(Kind::Op).chain([Kind::Tool]) {
            let things = case.things(kind, unit);
            parts.extend(things.iter().map(|thing| (*thing, kind)));
        }
        parts.sort_by_cached_key(|(thing, _)| case.order(*thing));
        let by_span: HashMap<SpanIx, usize> = (0..)
            .zip(&parts)
            .filter_map(|(at, (thing, _))| Some((case.span_of(*thing)?, at)))
            .collect();
        let first = self.nodes.len();
        for (thing, kind) in &parts {
            self.push(*thing, *kind, None);
        }
        let parents: Vec<Option<usize>> = (0..)
            .zip(&parts)
            .map(|(at, (thing, kind))| {
                let parent = above(case, *thing, &by_span).filter(|parent| *parent != at)?;
                let is_tool = parts.get(parent).is_some_and(|(_, kind)| *kind == Kind::Tool);
                (*kind != Kind::Tool || is_tool).then_some(parent)
            })
            .collect();
        for at in 0..parts.len() {
            let parent = parents.get(at).copied().flatten();
            let parent = parent.filter(|_| depth(&parents, at) < DEEPEST);
            let parent = parent.map_or(root, |parent| first + parent);
            if let Some(parent) = self.nodes.get_mut(parent) {
                parent.below.push(first + at);
            }
        }
        root
    }

    fn preorder(&self, of: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open: Vec<usize> = self.below(of).iter().rev().copied().collect();
        while let Some(at) = open.pop() {
            found.push(at);
            open.extend(self.below(at).iter().rev());
        }
        found
    }

    fn below(&self, of: usize) -> &[usize] {
        self.nodes.get(of).map_or(&[], |node| node.below.as_slice())
    }
}

/// The nearest part of the same turn above a part, by its place.
fn above(case: &Case<'_, '_>, thing: Thing, parts: &HashMap<SpanIx, usize>) -> Option<usize> {
    let store = case.world.store;
    let mut row = store.spans().get(case.span_of(thing)?.index())?;
    // As far as chains of spans reasonably go; cycles end here too.
    for _ in 0..DEEPEST {
        let parent = store.find_span(row.trace, row.parent)?;
        if let Some(at) = parts.get(&parent) {
            return Some(*at);
        }
        row = store.spans().get(parent.index())?;
    }
    None
}

/// How deep a part lies; parts in a cycle are as deep as can be.
fn depth(parents: &[Option<usize>], mut at: usize) -> usize {
    for depth in 0..DEEPEST {
        match parents.get(at).copied().flatten() {
            Some(parent) => at = parent,
            None => return depth,
        }
    }
    DEEPEST
}

/// Whether a pattern fits somewhere in the tree of the unit.
pub(super) fn fits(env: &Env<'_, '_, '_>, root: &PatternNode, mode: Mode) -> Outcome {
    let Some(case) = env.cases.first() else { return Outcome::Nothing(String::new()) };
    let exchanges = names_exchange(root);
    // Asked of a turn, a pattern of an exchange is asked once: of the turn that
    // began it.
    let unit = match env.unit {
        Unit::Turn(turn) if exchanges && case.exchange_of(turn) == Some(turn) => {
            Unit::Exchange(turn)
        }
        unit => unit,
    };
    let env = &Env { unit, ..*env };
    let tree = case.tree(unit, exchanges, || Tree::new(case, unit, exchanges));
    let search = Search { env, case, tree: &tree, mode };
    let mut best: Option<Miss<'_>> = None;
    for at in (0..tree.nodes.len()).filter(|at| search.label(&root.label, *at)) {
        match search.below(root, at, 0) {
            Ok(()) => {
                let label = tree.nodes.get(at).map(|node| case.label(node.thing));
                return Outcome::Passed(format!("fits {}", label.unwrap_or_default()));
            }
            Err(miss) if best.as_ref().is_none_or(|best| miss.rank() > best.rank()) => {
                best = Some(miss);
            }
            Err(_) => {}
        }
    }
    match best {
        Some(miss) => Outcome::Failed(search.finding(&miss)),
        None => Outcome::Nothing(format!("there is no {}", root.text)),
    }
}

fn names_exchange(pattern: &PatternNode) -> bool {
    let here = match &pattern.label {
        Label::OneOf(all) => all.iter().any(|source| source.kind() == Kind::Exchange),
        Label::Any | Label::Gap => false,
    };
    here || pattern.below.iter().any(names_exchange)
}

/// Where a pattern does not fit. Put into words only when it is the best of all
/// places.
struct Miss<'p> {
    depth: usize,
    /// How many lines of the row something fits.
    fitting: usize,
    mode: Mode,
    /// The label that nothing fits.
    label: Option<&'p PatternNode>,
    /// The node that fits no label.
    node: Option<usize>,
    under: usize,
    /// The first nodes of the row.
    row: Vec<usize>,
}

impl Miss<'_> {
    /// The place where most of the pattern fits comes nearest.
    fn rank(&self) -> (usize, usize) {
        (self.depth, self.fitting)
    }
}

struct Search<'s, 'w, 'a> {
    env: &'s Env<'s, 'w, 'a>,
    case: &'s Case<'w, 'a>,
    tree: &'s Tree,
    mode: Mode,
}

impl Search<'_, '_, '_> {
    fn item(&self, at: usize) -> Option<(Item, Kind)> {
        let node = self.tree.nodes.get(at)?;
        Some((self.case.item(node.thing), node.kind))
    }

    fn label(&self, label: &Label, at: usize) -> bool {
        match label {
            Label::Any => true,
            Label::Gap => false,
            Label::OneOf(all) => all.iter().any(|source| self.is(source, at)),
        }
    }

    fn is(&self, source: &Source, at: usize) -> bool {
        let Some((item, kind)) = self.item(at) else { return false };
        let of_kind = match &source.what {
            What::Kind(Kind::Turn) => matches!(kind, Kind::User | Kind::Agent),
            What::Kind(Kind::Span) => self.case.span_of(item.thing).is_some(),
            What::Kind(wanted) => *wanted == kind,
            What::Query(asked) => self
                .case
                .span_of(item.thing)
                .is_some_and(|span| self.case.world.answer(asked, self.case.at).contains(&span)),
        };
        of_kind && source.filters.iter().all(|filter| self.env.within(item).is_true(filter))
    }

    /// Whether what is below a node is as the pattern says.
    fn below<'p>(&self, pattern: &'p PatternNode, at: usize, depth: usize) -> Result<(), Miss<'p>> {
        let things = self.tree.below(at);
        // A line without lines below it says nothing about what is below.
        if pattern.below.is_empty() {
            return Ok(());
        }
        self.row(&pattern.below, things, self.mode, at, depth)?;
        for gap in pattern.below.iter().filter(|node| matches!(node.label, Label::Gap)) {
            if !gap.below.is_empty() {
                let all = self.tree.preorder(at);
                self.row(&gap.below, &all, Mode::Ordered, at, depth)?;
            }
        }
        Ok(())
    }

    fn row<'p>(
        &self,
        labels: &'p [PatternNode],
        things: &[usize],
        mode: Mode,
        under: usize,
        depth: usize,
    ) -> Result<(), Miss<'p>> {
        let times: Vec<Times> = labels
            .iter()
            .map(|node| Times {
                least: node.times.0,
                most: node.times.1,
                gap: matches!(node.label, Label::Gap),
            })
            .collect();
        let mut deepest: Option<Miss<'p>> = None;
        let arranged = arrange(mode, &times, things.len(), |label, thing| {
            let (Some(label), Some(at)) = (labels.get(label), things.get(thing)) else {
                return false;
            };
            if !self.label(&label.label, *at) {
                return false;
            }
            match self.below(label, *at, depth + 1) {
                Ok(()) => true,
                Err(miss) => {
                    if deepest.as_ref().is_none_or(|known| miss.rank() > known.rank()) {
                        deepest = Some(miss);
                    }
                    false
                }
            }
        });
        let Err(misfit) = arranged else { return Ok(()) };
        // What is wrong further down says more than that this line does not fit.
        if let Some(miss) = deepest {
            return Err(miss);
        }
        let node = misfit.thing.and_then(|at| things.get(at)).copied();
        let label = misfit.label.and_then(|at| labels.get(at));
        let row = things.iter().take(NAMED).copied().collect();
        let fits = |node: &&PatternNode| things.iter().any(|at| self.label(&node.label, *at));
        let fitting = labels.iter().filter(fits).count();
        Err(Miss { depth, fitting, mode, label, node, under, row })
    }

    fn finding(&self, miss: &Miss<'_>) -> Finding {
        let (label, thing, under) = (miss.label, miss.node, miss.under);
        let name = |at: usize| {
            self.tree.nodes.get(at).map_or_else(String::new, |node| self.case.label(node.thing))
        };
        let names: Vec<String> = miss.row.iter().map(|at| name(*at)).collect();
        let found = match (label, thing) {
            (Some(label), Some(thing)) if miss.mode == Mode::Strict => {
                format!("{} where `{}` should be", name(thing), label.text)
            }
            (Some(label), _) => format!("no `{}` in {}", label.text, name(under)),
            (None, Some(thing)) => format!("{} is not in the pattern", name(thing)),
            (None, None) => "it does not fit".to_owned(),
        };
        let about = match (label, thing) {
            (Some(_), None) => under,
            (_, thing) => thing.unwrap_or(under),
        };
        let all = match names.is_empty() {
            true => format!("{} has nothing in it", name(under)),
            false => format!("{} has {}", name(under), names.join(", ")),
        };
        let things = [Some(about), Some(under)].into_iter().flatten();
        let things = things.filter_map(|at| Some(self.tree.nodes.get(at)?.thing));
        let items = things.map(|thing| self.case.item(thing)).collect();
        Finding::new(found, items).nearest(Some(all))
    }
}
