//! Everything queries have in common over one store: layout, columns, texts,
//! answers to conditions that were asked before.

use super::bits::Bits;
use super::column::{self, Column, Detail, Level, Spots};
use super::intrinsic;
use super::layout::Layout;
use super::value::{Cell, Tables};
use super::voice::{self, Voice};
use crate::model::Store;
use crate::query::syntax::{Attr, BinaryOp, Intrinsic};
use crate::session::Sessions;
use hashbrown::HashMap;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

/// Bytes of remembered answers, at most.
const MEMO_BYTES: usize = 64 << 20;

/// A store made ready for queries. Building one is a pass over all spans, each
/// name is one more pass when it is first used; so ask many queries of one
/// index rather than building many.
#[derive(Debug)]
pub struct Index<'a> {
    pub(crate) layout: Layout,
    pub(crate) tables: Tables<'a>,
    pub(crate) voice: Voice,
    sessions: &'a Sessions,
    columns: HashMap<Attr, Rc<Column>>,
    details: HashMap<Attr, Rc<Detail>>,
    events: OnceCell<Spots>,
    links: OnceCell<Spots>,
    memo: RefCell<Memo>,
}

#[derive(Debug, Default)]
struct Memo {
    answers: HashMap<(u32, BinaryOp, Asked), Rc<Bits>>,
    bytes: usize,
}

/// The right side of a remembered condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    Cell(u8, u64),
    Pattern(String),
}

impl<'a> Index<'a> {
    /// Lays out the spans of a store.
    #[must_use]
    pub fn new(store: &'a Store, sessions: &'a Sessions) -> Self {
        let layout = Layout::new(store);
        let voice = Voice::new(&layout, sessions);
        Self {
            layout,
            tables: Tables::new(store),
            voice,
            sessions,
            columns: HashMap::new(),
            details: HashMap::new(),
            events: OnceCell::new(),
            links: OnceCell::new(),
            memo: RefCell::default(),
        }
    }

    /// The column of a name that is read from spans.
    pub(crate) fn column(&mut self, attr: &Attr) -> Rc<Column> {
        if let Some(known) = self.columns.get(attr) {
            return Rc::clone(known);
        }
        let Self { layout, tables, voice, sessions, .. } = self;
        let mut column = match attr {
            Attr::Custom { scope, name } => column::attribute(layout, tables, *scope, name),
            Attr::Intrinsic(i) if i.is_voice() => voice::voice(layout, tables, voice, sessions, *i),
            Attr::Intrinsic(i) => intrinsic::intrinsic(layout, tables, *i),
        };
        column.id = self.columns.len() as u32;
        let column = Rc::new(column);
        self.columns.insert(attr.clone(), Rc::clone(&column));
        column
    }

    /// The values of a name that is read from events or links.
    pub(crate) fn detail(&mut self, attr: &Attr) -> Rc<Detail> {
        if let Some(known) = self.details.get(attr) {
            return Rc::clone(known);
        }
        let detail = Rc::new(column::detail(&self.layout, &mut self.tables, attr));
        self.details.insert(attr.clone(), Rc::clone(&detail));
        detail
    }

    /// Where each span's events or links are in a [`Detail`].
    pub(crate) fn spots(&self, level: Level) -> &Spots {
        let store = self.tables.store;
        let rows = || self.layout.spans.iter().filter_map(|ix| store.spans().get(ix.index()));
        match level {
            Level::Link => {
                self.links.get_or_init(|| Spots::new(rows().map(|row| store.links(row).len())))
            }
            _ => self.events.get_or_init(|| Spots::new(rows().map(|row| store.events(row).len()))),
        }
    }

    /// The answer to a condition on a column, worked out once.
    pub(crate) fn remembered(
        &self,
        column: &Column,
        op: BinaryOp,
        asked: Asked,
        answer: impl FnOnce() -> Bits,
    ) -> Rc<Bits> {
        let key = (column.id, op, asked);
        if let Some(known) = self.memo.borrow().answers.get(&key) {
            return Rc::clone(known);
        }
        let bits = Rc::new(answer());
        let mut memo = self.memo.borrow_mut();
        if memo.bytes + bits.weight() > MEMO_BYTES {
            *memo = Memo::default();
        }
        memo.bytes += bits.weight();
        memo.answers.insert(key, Rc::clone(&bits));
        bits
    }
}

/// The value under which the answer to `column op literal` is remembered.
pub(crate) fn asked(cell: Cell, tables: &Tables<'_>) -> Asked {
    match cell {
        Cell::Int(n) => Asked::Cell(0, n as u64),
        Cell::Duration(n) => Asked::Cell(1, n as u64),
        Cell::Float(n) => Asked::Cell(2, n.to_bits()),
        Cell::Bool(b) => Asked::Cell(3, u64::from(b)),
        Cell::Status(s) => Asked::Cell(4, s as u64),
        Cell::Kind(k) => Asked::Cell(5, k as u64),
        Cell::Op(op) => Asked::Cell(6, op as u64),
        Cell::Text(text) => Asked::Pattern(tables.text(text).to_owned()),
        Cell::Nil | Cell::List(_) => Asked::Cell(7, 0),
        Cell::Opaque => Asked::Cell(8, 0),
    }
}

/// Whether a name belongs to the ids that are compared without leading zeros.
pub(crate) fn is_trace_id(attr: &Attr) -> bool {
    matches!(attr, Attr::Intrinsic(Intrinsic::TraceId | Intrinsic::LinkTrace))
}
