//! A session as rules see it: things, where they belong, what they are called.

use super::shared::Shared;
use super::tree::Tree;
use super::world::{NONE, World};
use crate::assert::lang::words::Kind;
use crate::dialect::Op;
use crate::model::{Nanos, SpanIx};
use crate::session::{CallError, Handoff, Role, Session, ToolCall, ToolStatus, Turn};
use hashbrown::HashMap;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

/// A thing of a session. Numbers are positions in the lists of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Thing {
    Session,
    /// By its user turn.
    Exchange(u32),
    Turn(u32),
    /// Turn, call.
    Tool(u32, u32),
    Handoff(u32),
    /// Turn ([`NONE`] for the session itself), error.
    Error(u32, u32),
    Span(SpanIx),
}

/// A thing of one of the sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Item {
    pub session: u32,
    pub thing: Thing,
}

/// What a rule is asked of at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Session,
    Exchange(u32),
    Turn(u32),
    Span(SpanIx),
    /// A tool call, a handoff or an error.
    Part(Thing),
}

/// A session with what rules ask of it again and again.
pub(crate) struct Case<'w, 'a> {
    pub world: &'w World<'a>,
    /// Position of the session in the list.
    pub at: usize,
    pub session: &'a Session,
    /// For each turn the user turn that its exchange began with.
    exchange: Vec<u32>,
    /// For each user turn all turns of its exchange.
    members: Vec<Vec<u32>>,
    /// For each user turn the agent turns that say they answer it.
    replies: Vec<Vec<u32>>,
    lists: RefCell<HashMap<Kind, Rc<[Thing]>>>,
    by_turn: RefCell<HashMap<Kind, Rc<[Vec<Thing>]>>>,
    speech: OnceCell<Vec<Speech>>,
    /// Trees of the whole session: with exchanges, and without.
    trees: [OnceCell<Rc<Tree>>; 2],
    pub shared: Shared<'a>,
}

/// A stretch of speech.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speech {
    pub from: Nanos,
    pub to: Nanos,
    /// The last end of this one and all before it: they may overlap.
    pub until: Nanos,
}

impl<'w, 'a> Case<'w, 'a> {
    pub(crate) fn new(world: &'w World<'a>, at: usize, session: &'a Session) -> Self {
        let by_number: HashMap<u32, u32> =
            (0u32..).zip(&session.turns).map(|(at, turn)| (turn.number, at)).collect();
        let mut last = NONE;
        let mut replies: Vec<Vec<u32>> = vec![Vec::new(); session.turns.len()];
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); session.turns.len()];
        let mut exchange = Vec::with_capacity(session.turns.len());
        for (at, turn) in (0u32..).zip(&session.turns) {
            let answered = turn.reply_to.and_then(|number| by_number.get(&number).copied());
            if turn.role == Role::User {
                last = at;
            } else if let Some(list) = answered.and_then(|user| replies.get_mut(user as usize)) {
                list.push(at);
            }
            let user = if turn.role == Role::User { at } else { answered.unwrap_or(last) };
            if let Some(list) = members.get_mut(user as usize) {
                list.push(at);
            }
            exchange.push(user);
        }
        let (lists, by_turn, speech, trees, shared) = Default::default();
        Self {
            world,
            at,
            session,
            exchange,
            members,
            replies,
            lists,
            by_turn,
            speech,
            trees,
            shared,
        }
    }

    pub(crate) fn item(&self, thing: Thing) -> Item {
        Item { session: self.at as u32, thing }
    }

    pub(crate) fn turn(&self, at: u32) -> Option<&'a Turn> {
        self.session.turns.get(at as usize)
    }

    pub(crate) fn tool(&self, turn: u32, at: u32) -> Option<&'a ToolCall> {
        self.turn(turn)?.tools.get(at as usize)
    }

    pub(crate) fn handoff(&self, at: u32) -> Option<&'a Handoff> {
        self.session.handoffs.get(at as usize)
    }

    pub(crate) fn error(&self, turn: u32, at: u32) -> Option<&'a CallError> {
        let errors = self.turn(turn).map_or(&self.session.errors, |turn| &turn.errors);
        errors.get(at as usize)
    }

    /// The user turn that a turn's exchange began with.
    pub(crate) fn exchange_of(&self, turn: u32) -> Option<u32> {
        self.exchange.get(turn as usize).copied().filter(|at| *at != NONE)
    }

    /// All speech of either party, in order of time.
    pub(crate) fn speech(&self) -> &[Speech] {
        self.speech.get_or_init(|| {
            let all = self.session.turns.iter().flat_map(|turn| &turn.speech);
            let mut known: Vec<(Nanos, Nanos)> =
                all.filter_map(|speech| speech.start.zip(speech.end)).collect();
            known.sort_unstable();
            let mut until = Nanos::NONE;
            let speech = known.into_iter().map(|(from, to)| {
                until = until.max(to);
                Speech { from, to, until }
            });
            speech.collect()
        })
    }

    /// The tree of a unit; that of the session is made once.
    pub(crate) fn tree(
        &self,
        unit: Unit,
        exchanges: bool,
        make: impl FnOnce() -> Tree,
    ) -> Rc<Tree> {
        match self.trees.get(usize::from(exchanges)).filter(|_| unit == Unit::Session) {
            Some(kept) => Rc::clone(kept.get_or_init(|| Rc::new(make()))),
            None => Rc::new(make()),
        }
    }

    /// All turns of the exchange that began with a user turn.
    pub(crate) fn members(&self, user: u32) -> &[u32] {
        self.members.get(user as usize).map_or(&[], Vec::as_slice)
    }

    /// The agent turns that say they answer a user turn.
    pub(crate) fn replies(&self, user: u32) -> &[u32] {
        self.replies.get(user as usize).map_or(&[], Vec::as_slice)
    }

    /// The turn that a thing is or is part of.
    pub(crate) fn turn_of(&self, thing: Thing) -> Option<u32> {
        match thing {
            Thing::Session => None,
            Thing::Exchange(turn) | Thing::Turn(turn) | Thing::Tool(turn, _) => Some(turn),
            Thing::Error(turn, _) => Some(turn).filter(|turn| *turn != NONE),
            Thing::Span(span) => self.world.turn_of(span),
            Thing::Handoff(at) => {
                let when = self.handoff(at)?.at?;
                let begun = |turn: &Turn| turn.start.is_some_and(|start| start <= when);
                let at = self.session.turns.iter().rposition(begun)?;
                Some(at as u32)
            }
        }
    }

    /// The span that shows a thing.
    pub(crate) fn span_of(&self, thing: Thing) -> Option<SpanIx> {
        match thing {
            Thing::Span(span) => Some(span),
            Thing::Tool(turn, at) => self.tool(turn, at)?.span,
            Thing::Error(turn, at) => self.error(turn, at)?.span,
            Thing::Turn(turn) | Thing::Exchange(turn) => {
                let spans = &self.turn(turn)?.spans;
                let own = spans.iter().find(|span| self.world.sessions.op(**span) == Op::Turn);
                own.or_else(|| spans.first()).copied()
            }
            Thing::Handoff(_) => {
                let handoff = |span: &&SpanIx| self.world.sessions.op(**span) == Op::Handoff;
                self.session.spans.iter().find(handoff).copied()
            }
            Thing::Session => None,
        }
    }

    /// When a thing began and ended.
    pub(crate) fn times(&self, thing: Thing) -> (Option<Nanos>, Option<Nanos>) {
        match thing {
            Thing::Session => (self.session.start, self.session.end),
            Thing::Exchange(user) => {
                let all = (0u32..).zip(&self.session.turns);
                let inside = all.filter(|(at, _)| self.exchange_of(*at) == Some(user));
                let end = inside.filter_map(|(_, turn)| turn.end).max();
                (self.turn(user).and_then(|turn| turn.start), end)
            }
            Thing::Turn(at) => self.turn(at).map_or((None, None), |turn| (turn.start, turn.end)),
            Thing::Tool(turn, at) => self.tool(turn, at).map_or((None, None), |tool| {
                let end = tool.start.zip(tool.duration_ms).map(|(at, ms)| at.plus_ms(ms));
                (tool.start, end)
            }),
            Thing::Handoff(at) => {
                let when = self.handoff(at).and_then(|handoff| handoff.at);
                (when, when)
            }
            Thing::Error(turn, at) => {
                let when = self.error(turn, at).and_then(|error| error.at);
                (when, when)
            }
            Thing::Span(span) => self
                .world
                .store
                .spans()
                .get(span.index())
                .map_or((None, None), |row| (row.start.known(), row.end.known())),
        }
    }

    /// When a thing is heard: a turn whose speech is known from its first word to
    /// its last. The span of an agent's turn begins long before the agent
    /// speaks, and that of a user's ends when the end of the utterance is
    /// decided; what a caller waits for lies between.
    pub(crate) fn heard(&self, thing: Thing) -> (Option<Nanos>, Option<Nanos>) {
        let (start, end) = self.times(thing);
        match thing {
            Thing::Turn(at) => {
                let speech = self.turn(at).map_or(&[][..], |turn| turn.speech.as_slice());
                let first = speech.iter().filter_map(|one| one.start).min();
                let is_open = speech.iter().any(|one| one.end.is_none());
                let last = speech.iter().filter_map(|one| one.end).max().filter(|_| !is_open);
                (first.or(start), last.or(end))
            }
            Thing::Exchange(user) => {
                let ends = self.members(user).iter().map(|at| self.heard(Thing::Turn(*at)).1);
                (self.heard(Thing::Turn(user)).0, ends.flatten().max().or(end))
            }
            _ => (start, end),
        }
    }

    /// How long something that began and never ended has gone on, as far as the
    /// session is known.
    pub(crate) fn elapsed(&self, thing: Thing) -> Option<f64> {
        let start = match thing {
            Thing::Tool(turn, at) => {
                let tool = self.tool(turn, at)?;
                let is_open = tool.status == ToolStatus::Unfinished && tool.duration_ms.is_none();
                is_open.then_some(tool.start)?
            }
            Thing::Span(span) => {
                let row = self.world.store.spans().get(span.index())?;
                row.end.known().is_none().then(|| row.start.known())?
            }
            _ => return None,
        };
        let known = start.zip(self.session.end).map(|(start, end)| end.ms_since(start));
        Some(known.unwrap_or(0.0).max(0.0))
    }

    /// A key to order things in time: those without a time stand at the start
    /// of their turn. Where clocks are coarse, a tool call stands behind the
    /// model call that asked for it.
    pub(crate) fn order(&self, thing: Thing) -> (Nanos, Option<u32>, bool, Thing) {
        let turn = self.turn_of(thing);
        let of_turn = || turn.and_then(|turn| self.turn(turn)?.start);
        let start = self.times(thing).0.or_else(of_turn).unwrap_or(Nanos(u64::MAX));
        (start, turn, matches!(thing, Thing::Tool(..)), thing)
    }

    /// All things of a kind in a unit, in order of time.
    pub(crate) fn things(&self, kind: Kind, unit: Unit) -> Rc<[Thing]> {
        match unit {
            Unit::Session => self.all(kind),
            _ if kind == Kind::Session => Rc::from([Thing::Session]),
            Unit::Exchange(user) => self.of_turns(kind, self.members(user)),
            Unit::Turn(turn) => self.around(kind, turn),
            Unit::Part(own) if kind_of(own) == Some(kind) => Rc::from([own]),
            Unit::Part(own) => match self.turn_of(own) {
                Some(turn) => self.around(kind, turn),
                None => Rc::from([]),
            },
            Unit::Span(span) if kind.is_span() => {
                let is_it = kind == Kind::Span || self.all(kind).contains(&Thing::Span(span));
                if is_it { Rc::from([Thing::Span(span)]) } else { Rc::from([]) }
            }
            Unit::Span(span) => match self.world.turn_of(span) {
                Some(turn) => self.around(kind, turn),
                None => Rc::from([]),
            },
        }
    }

    /// Things of a turn; of the user and the agent those of its exchange, as
    /// there are none in a turn of the other.
    fn around(&self, kind: Kind, turn: u32) -> Rc<[Thing]> {
        let is_agent = self.turn(turn).is_some_and(|turn| turn.role == Role::Agent);
        let exchange = || self.exchange_of(turn).map_or(&[][..], |user| self.members(user));
        match kind {
            Kind::Agent if is_agent => self.of_turns(kind, &[turn]),
            Kind::User | Kind::Agent | Kind::Exchange => self.of_turns(kind, exchange()),
            _ => self.of_turns(kind, &[turn]),
        }
    }

    /// The first span of an op in a turn.
    pub(crate) fn first_of(&self, op: Op, turn: u32) -> Option<Thing> {
        self.by_turn(Kind::Op(op)).get(turn as usize)?.first().copied()
    }

    fn of_turns(&self, kind: Kind, turns: &[u32]) -> Rc<[Thing]> {
        let by_turn = self.by_turn(kind);
        turns.iter().filter_map(|turn| by_turn.get(*turn as usize)).flatten().copied().collect()
    }

    fn by_turn(&self, kind: Kind) -> Rc<[Vec<Thing>]> {
        let known = self.by_turn.borrow().get(&kind).cloned();
        known.unwrap_or_else(|| {
            let mut lists: Vec<Vec<Thing>> = vec![Vec::new(); self.session.turns.len()];
            for thing in self.all(kind).iter() {
                let turn = self.turn_of(*thing).and_then(|turn| lists.get_mut(turn as usize));
                if let Some(list) = turn {
                    list.push(*thing);
                }
            }
            let lists: Rc<[Vec<Thing>]> = lists.into();
            self.by_turn.borrow_mut().insert(kind, Rc::clone(&lists));
            lists
        })
    }

    fn all(&self, kind: Kind) -> Rc<[Thing]> {
        if let Some(known) = self.lists.borrow().get(&kind) {
            return Rc::clone(known);
        }
        let list: Rc<[Thing]> = self.list(kind).into();
        self.lists.borrow_mut().insert(kind, Rc::clone(&list));
        list
    }

    fn list(&self, kind: Kind) -> Vec<Thing> {
        let turns = || (0u32..).zip(&self.session.turns);
        let of_role = |role: Role| turns().filter(move |(_, turn)| turn.role == role);
        let mut list: Vec<Thing> = match kind {
            Kind::Session => return vec![Thing::Session],
            Kind::Exchange => of_role(Role::User).map(|(at, _)| Thing::Exchange(at)).collect(),
            // Turns are numbered in their order.
            Kind::Turn => return turns().map(|(at, _)| Thing::Turn(at)).collect(),
            Kind::User => return of_role(Role::User).map(|(at, _)| Thing::Turn(at)).collect(),
            Kind::Agent => return of_role(Role::Agent).map(|(at, _)| Thing::Turn(at)).collect(),
            Kind::Tool => turns()
                .flat_map(|(turn, of)| {
                    (0u32..).zip(&of.tools).map(move |(at, _)| Thing::Tool(turn, at))
                })
                .collect(),
            Kind::Handoff => {
                (0u32..).zip(&self.session.handoffs).map(|(at, _)| Thing::Handoff(at)).collect()
            }
            Kind::Error => turns()
                .flat_map(|(turn, of)| {
                    (0u32..).zip(&of.errors).map(move |(at, _)| Thing::Error(turn, at))
                })
                .chain((0u32..).zip(&self.session.errors).map(|(at, _)| Thing::Error(NONE, at)))
                .collect(),
            Kind::Span => self.session.spans.iter().map(|span| Thing::Span(*span)).collect(),
            Kind::Op(op) => self.outermost(op).into_iter().map(Thing::Span).collect(),
        };
        list.sort_by_cached_key(|thing| self.order(*thing));
        list
    }

    /// Spans of an op that are not part of another one of the same op in the
    /// same turn: a request inside a node is the same model call.
    fn outermost(&self, op: Op) -> Vec<SpanIx> {
        let (store, sessions) = (self.world.store, self.world.sessions);
        let row = |span: SpanIx| store.spans().get(span.index());
        let of_op: HashMap<(u32, u64), SpanIx> = self
            .session
            .spans
            .iter()
            .filter(|span| sessions.op(**span) == op)
            .filter_map(|span| Some(((row(*span)?.trace.0, row(*span)?.id), *span)))
            .collect();
        let is_inner = |span: &SpanIx| {
            let Some(own) = row(*span) else { return false };
            own.parent != own.id
                && of_op
                    .get(&(own.trace.0, own.parent))
                    .is_some_and(|above| self.world.turn_of(*above) == self.world.turn_of(*span))
        };
        let all = self.session.spans.iter().copied();
        all.filter(|span| sessions.op(*span) == op && !is_inner(span)).collect()
    }

    /// What a thing is called in messages, not yet made safe to show.
    pub(crate) fn label(&self, thing: Thing) -> String {
        let in_turn = |text: String| match self.turn_of(thing).and_then(|at| self.turn(at)) {
            Some(turn) => format!("{text} in turn {}", turn.number),
            None => text,
        };
        match thing {
            Thing::Session => "the session".to_owned(),
            Thing::Exchange(at) => self
                .turn(at)
                .map_or_else(String::new, |turn| format!("the exchange of turn {}", turn.number)),
            Thing::Turn(at) => self.turn(at).map_or_else(String::new, |turn| {
                format!("turn {} ({})", turn.number, turn.role.as_str())
            }),
            Thing::Tool(turn, at) => in_turn(
                self.tool(turn, at).map_or_else(String::new, |t| format!("tool {}", t.name)),
            ),
            Thing::Handoff(at) => {
                let name = |name: Option<&String>| name.map_or("?", String::as_str).to_owned();
                let (from, to) = self.handoff(at).map_or_else(Default::default, |h| {
                    (name(h.from.as_ref()), name(h.to.as_ref()))
                });
                format!("handoff {from} → {to}")
            }
            Thing::Error(turn, at) => in_turn(self.error(turn, at).map_or_else(String::new, |e| {
                let what = e.error_type.as_deref().or(e.message.as_deref()).unwrap_or("");
                format!("{} error {what}", e.kind.as_str())
            })),
            Thing::Span(span) => {
                let name = self.world.store.span(span).map_or("", |span| span.name());
                let op = self.world.sessions.op(span);
                in_turn(if op == Op::Other { name.to_owned() } else { format!("{op} {name}") })
            }
        }
    }
}

/// The kind of a part of a turn that is no span.
fn kind_of(thing: Thing) -> Option<Kind> {
    match thing {
        Thing::Tool(..) => Some(Kind::Tool),
        Thing::Handoff(_) => Some(Kind::Handoff),
        Thing::Error(..) => Some(Kind::Error),
        _ => None,
    }
}
