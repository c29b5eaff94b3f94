//! The voice vocabulary: what the session model knows of a span.
//!
//! A value applies to every span inside the thing it names. A span's turn is
//! the turn that lists it; its tool call, model call or synthesis is the
//! nearest one at or above it in the same turn. What is not known is nil.

use super::column::Column;
use super::layout::{Layout, NONE};
use super::value::{Cell, Tables, from_ms};
use crate::dialect::Op;
use crate::model::{SpanIx, SpanView};
use crate::query::syntax::Intrinsic;
use crate::session::{Session, Sessions, ToolCall, ToolStatus, Turn};
use hashbrown::HashMap;

/// Keys under which frameworks write how long a model took to begin, and how
/// many milliseconds one of their unit is. Units go by key, never by size.
pub(crate) const TTFT_KEYS: &[(&str, f64)] = &[
    ("lk.response.ttft", 1e3),
    ("gen_ai.response.time_to_first_chunk", 1e3),
    ("metrics.ttfb", 1e3),
    ("metrics.ttfb_ms", 1.0),
    ("llm_ttft", 1.0),
    ("llm.ttft_ms", 1.0),
    ("time_to_first_token_ms", 1.0),
    ("service.ttfb_seconds", 1e3),
];

/// Ops of spans that call a language model: a speech-to-speech model is one.
const MODELS: &[Op] = &[Op::Llm, Op::Realtime];

/// The same for speech synthesis.
pub(crate) const TTFB_KEYS: &[(&str, f64)] = &[
    ("lk.response.ttfb", 1e3),
    ("metrics.ttfb", 1e3),
    ("metrics.ttfb_ms", 1.0),
    ("ttfb", 1.0),
    ("service.ttfb_seconds", 1e3),
];

/// Keys under which a model call names its model, the most exact first.
const MODEL_KEYS: &[&str] =
    &["gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "lk.model", "model"];

/// Keys of a session's ids that name its room.
const ROOM_KEYS: &[&str] = &["room", "room_name", "room_id", "room_sid"];

/// Which session, turn and tool call each span belongs to, by position.
#[derive(Debug, Default)]
pub(crate) struct Voice {
    /// Position in [`Sessions::list`].
    pub session: Vec<u32>,
    /// Position in the flat list of all turns.
    turn: Vec<u32>,
    turns: Vec<(u32, u32)>,
}

impl Voice {
    pub(crate) fn new(layout: &Layout, sessions: &Sessions) -> Self {
        let mut voice = Self {
            session: vec![NONE; layout.len()],
            turn: vec![NONE; layout.len()],
            turns: Vec::new(),
        };
        for (number, session) in (0u32..).zip(&sessions.list) {
            mark(layout, &session.spans, number, &mut voice.session);
            for (at, turn) in (0u32..).zip(&session.turns) {
                mark(layout, &turn.spans, voice.turns.len() as u32, &mut voice.turn);
                voice.turns.push((number, at));
            }
        }
        voice
    }

    fn turn<'s>(&self, sessions: &'s Sessions, at: usize) -> Option<&'s Turn> {
        let (session, turn) = self.turns.get(*self.turn.get(at)? as usize)?;
        sessions.list.get(*session as usize)?.turns.get(*turn as usize)
    }

    /// For each position the nearest marked position at or above it, without
    /// leaving the turn.
    fn nearest(&self, layout: &Layout, marked: impl Fn(usize) -> bool) -> Vec<u32> {
        let mut found = vec![NONE; layout.len()];
        for at in 0..layout.len() {
            let mut up = at;
            // Above connected spans everything is already decided; only spans
            // outside the trees need to go further.
            for _ in 0..64 {
                if self.turn.get(up) != self.turn.get(at) {
                    break;
                }
                let known = found.get(up).copied().unwrap_or(NONE);
                let here = if known == NONE && marked(up) { up as u32 } else { known };
                if here != NONE {
                    if let Some(slot) = found.get_mut(at) {
                        *slot = here;
                    }
                    break;
                }
                match layout.named_parent.get(up) {
                    Some(&parent) if parent != NONE && (up == at || parent as usize >= at) => {
                        up = parent as usize;
                    }
                    _ => break,
                }
            }
        }
        found
    }
}

fn mark(layout: &Layout, spans: &[SpanIx], number: u32, marks: &mut [u32]) {
    for ix in spans {
        let position = layout.position.get(ix.index()).copied().unwrap_or(NONE);
        if let Some(slot) = marks.get_mut(position as usize)
            && *slot == NONE
        {
            *slot = number;
        }
    }
}

/// Reads a name of the voice vocabulary.
pub(super) fn voice(
    layout: &Layout,
    tables: &mut Tables<'_>,
    voice: &Voice,
    sessions: &Sessions,
    intrinsic: Intrinsic,
) -> Column {
    use Intrinsic as I;
    let reader = Reader { layout, voice, sessions };
    match intrinsic {
        I::Op => Column::dense(layout.spans.iter().map(|ix| Cell::Op(sessions.op(*ix))).collect()),
        I::SessionId | I::SessionFramework | I::SessionAgent | I::SessionRoom => {
            reader.of_sessions(tables, intrinsic)
        }
        I::ToolName | I::ToolError | I::ToolArguments | I::ToolOutput | I::ToolCallId => {
            reader.of_tools(tables, intrinsic)
        }
        I::LlmTtft => reader.measured(tables, MODELS, TTFT_KEYS, |turn| &turn.latency.llm_ttft),
        I::TtsTtfb => reader.measured(tables, &[Op::Tts], TTFB_KEYS, |turn| &turn.latency.tts_ttfb),
        I::LlmModel => reader.models(tables),
        _ => reader.of_turns(tables, intrinsic),
    }
}

struct Reader<'r> {
    layout: &'r Layout,
    voice: &'r Voice,
    sessions: &'r Sessions,
}

impl Reader<'_> {
    /// A value of each group, spread over the spans of the groups.
    fn spread(groups: &[u32], cells: &[Cell]) -> Column {
        Column::sparse(
            (0u32..)
                .zip(groups)
                .map(|(at, group)| (at, cells.get(*group as usize).copied().unwrap_or(Cell::Nil))),
        )
    }

    fn of_sessions(&self, tables: &mut Tables<'_>, intrinsic: Intrinsic) -> Column {
        let read = |session: &Session| match intrinsic {
            Intrinsic::SessionId => tables.text_cell(&session.id),
            Intrinsic::SessionFramework => tables.text_cell(session.framework.as_str()),
            Intrinsic::SessionAgent => {
                let agents = session.agents.iter().map(|a| tables.text_cell(a)).collect();
                tables.list_cell(agents)
            }
            _ => {
                let rooms = ROOM_KEYS.iter().filter_map(|key| session.ids.get(*key));
                let mut rooms: Vec<Cell> = rooms.map(|room| tables.text_cell(room)).collect();
                rooms.dedup();
                tables.list_cell(rooms)
            }
        };
        let cells: Vec<Cell> = self.sessions.list.iter().map(read).collect();
        Self::spread(&self.voice.session, &cells)
    }

    fn of_turns(&self, tables: &mut Tables<'_>, intrinsic: Intrinsic) -> Column {
        let turns = self.sessions.list.iter().flat_map(|session| &session.turns);
        let cells: Vec<Cell> = turns.map(|turn| of_turn(tables, turn, intrinsic)).collect();
        Self::spread(&self.voice.turn, &cells)
    }

    fn of_tools(&self, tables: &mut Tables<'_>, intrinsic: Intrinsic) -> Column {
        let turns = self.sessions.list.iter().flat_map(|session| &session.turns);
        let calls: HashMap<usize, &ToolCall> = turns
            .flat_map(|turn| &turn.tools)
            .filter_map(|tool| {
                let position = *self.layout.position.get(tool.span?.index())?;
                Some((position as usize, tool))
            })
            .collect();
        let near = self.voice.nearest(self.layout, |at| calls.contains_key(&at));
        let cells: HashMap<usize, Cell> =
            calls.iter().map(|(at, tool)| (*at, self.of_tool(tables, tool, intrinsic))).collect();
        Column::sparse(
            (0u32..)
                .zip(&near)
                .map(|(at, call)| (at, cells.get(&(*call as usize)).copied().unwrap_or(Cell::Nil))),
        )
    }

    fn of_tool(&self, tables: &mut Tables<'_>, tool: &ToolCall, intrinsic: Intrinsic) -> Cell {
        let text = match intrinsic {
            Intrinsic::ToolName => Some(tool.name.as_str()),
            Intrinsic::ToolArguments => tool.arguments.as_deref(),
            Intrinsic::ToolOutput => tool.output.as_deref(),
            Intrinsic::ToolCallId => tool.call_id.as_deref(),
            // A failed call always has an error; its text may be unknown.
            _ => match (&tool.error, tool.status) {
                (Some(error), _) => Some(error.as_str()),
                (None, ToolStatus::Error) => Some(self.status_message(tables, tool)),
                _ => None,
            },
        }
        .map(str::to_owned);
        text.map_or(Cell::Nil, |text| tables.text_cell(&text))
    }

    fn status_message<'t>(&self, tables: &Tables<'t>, tool: &ToolCall) -> &'t str {
        let store = tables.store;
        let row = tool.span.and_then(|ix| store.spans().get(ix.index()));
        row.map_or("", |row| store.str(row.status_message))
    }

    /// A latency of each call of an op: the call's own, else that of its turn
    /// where the turn has no second call it could belong to.
    fn measured(
        &self,
        tables: &Tables<'_>,
        ops: &[Op],
        keys: &[(&str, f64)],
        of_turn: impl Fn(&Turn) -> &crate::session::Measure,
    ) -> Column {
        self.of_calls(ops, |at, sole| {
            let own = self
                .view(tables, at)
                .and_then(|view| keys.iter().find_map(|(key, ms)| Some(view.number(key)? * ms)));
            let turn = || self.voice.turn(self.sessions, at).filter(|_| sole);
            let value = own.or_else(|| of_turn(turn()?).best());
            value.map_or(Cell::Nil, from_ms)
        })
    }

    fn models(&self, tables: &mut Tables<'_>) -> Column {
        self.of_calls(MODELS, |at, sole| {
            let own = self
                .view(tables, at)
                .and_then(|view| MODEL_KEYS.iter().find_map(|key| view.text(key)))
                .map(str::to_owned);
            let turn = || self.voice.turn(self.sessions, at).filter(|_| sole);
            let of_turn = || match turn()?.models.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            };
            own.or_else(of_turn).map_or(Cell::Nil, |model| tables.text_cell(&model))
        })
    }

    fn view<'t>(&self, tables: &Tables<'t>, at: usize) -> Option<SpanView<'t>> {
        tables.store.span(*self.layout.spans.get(at)?)
    }

    /// Spreads a value of each call of an op over the spans inside it. A call
    /// that is part of another one of the same op (a request inside a node)
    /// and says nothing itself has the outer one's value. `read` also gets
    /// whether the call is the only outermost one of its turn.
    fn of_calls(&self, ops: &[Op], mut read: impl FnMut(usize, bool) -> Cell) -> Column {
        let is_call = |at: usize| {
            self.layout.spans.get(at).is_some_and(|ix| ops.contains(&self.sessions.op(*ix)))
        };
        let near = self.voice.nearest(self.layout, is_call);
        let outer = |at: usize| {
            let parent = *self.layout.named_parent.get(at)? as usize;
            let same_turn = self.voice.turn.get(parent) == self.voice.turn.get(at);
            near.get(parent).copied().filter(|call| same_turn && *call != NONE)
        };
        let mut outermost: HashMap<u32, usize> = HashMap::new();
        for at in (0..self.layout.len()).filter(|at| is_call(*at) && outer(*at).is_none()) {
            let turn = self.voice.turn.get(at).copied().unwrap_or(NONE);
            *outermost.entry(turn).or_default() += 1;
        }
        let mut cells: HashMap<usize, Cell> = HashMap::new();
        for at in (0..self.layout.len()).filter(|at| is_call(*at)) {
            let turn = self.voice.turn.get(at).copied().unwrap_or(NONE);
            let sole = turn != NONE && outermost.get(&turn) == Some(&1);
            let above = outer(at).and_then(|call| cells.get(&(call as usize)).copied());
            // The value of the turn is asked for once, by the outermost call.
            let own = read(at, sole && outer(at).is_none());
            let cell = if own == Cell::Nil { above.unwrap_or(Cell::Nil) } else { own };
            cells.insert(at, cell);
        }
        Column::sparse(
            (0u32..)
                .zip(&near)
                .map(|(at, call)| (at, cells.get(&(*call as usize)).copied().unwrap_or(Cell::Nil))),
        )
    }
}

fn of_turn(tables: &mut Tables<'_>, turn: &Turn, intrinsic: Intrinsic) -> Cell {
    let text = |tables: &mut Tables<'_>, text: &Option<String>| {
        text.as_deref().map_or(Cell::Nil, |text| tables.text_cell(text))
    };
    let ms = |ms: Option<f64>| ms.map_or(Cell::Nil, from_ms);
    match intrinsic {
        Intrinsic::TurnNumber => Cell::Int(i64::from(turn.number)),
        Intrinsic::TurnRole => tables.text_cell(turn.role.as_str()),
        Intrinsic::TurnText => text(tables, &turn.text),
        Intrinsic::TurnAgent => text(tables, &turn.agent),
        Intrinsic::TurnInterrupted => turn.interrupted.map_or(Cell::Nil, Cell::Bool),
        Intrinsic::TurnE2e => ms(turn.latency.e2e.best()),
        Intrinsic::EouDelay => ms(turn.latency.eou.best()),
        _ => Cell::Nil,
    }
}
