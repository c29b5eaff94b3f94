//! Expressions: values over things.
//!
//! A field of several things is several values, and what is done with it is
//! done with each: `turn.e2e < 1.2s` is true or false for every reply. Values
//! of different things meet where they belong together: those of a tool call
//! with those of its turn, those of a reply with those of the turn it answers.

use super::calls;
use super::case::{Case, Item, Thing, Unit};
use super::reduce::{json, reduced, truths};
use super::shared::Series;
use super::structure;
use super::value::{Out, Sample, Samples, Val, compare};
use super::world::NONE;
use crate::assert::lang::words::{Field, Kind};
use crate::assert::lang::{Arith, Asked, Expr, Quantifier, Source, What};
use crate::session::Role;
use hashbrown::HashMap;

/// Where an expression is asked.
#[derive(Clone, Copy)]
pub(crate) struct Env<'e, 'w, 'a> {
    /// The sessions: one, or all of them.
    pub cases: &'e [Case<'w, 'a>],
    pub unit: Unit,
    /// The thing that is looked at.
    pub bound: Option<Item>,
    /// Whether a failure is explained: what comes nearest costs more than the
    /// verdict itself.
    pub explain: bool,
    /// Whether the words of the verdict are wanted, or only which one it is: of
    /// many units only one is told.
    pub told: bool,
}

impl<'e, 'w, 'a> Env<'e, 'w, 'a> {
    pub(crate) fn case(&self, item: Item) -> Option<&'e Case<'w, 'a>> {
        self.cases.get(self.position(item)?)
    }

    /// The place of a thing's session in the list, which is in order.
    fn position(&self, item: Item) -> Option<usize> {
        let session = item.session as usize;
        match self.cases {
            [only] => (only.at == session).then_some(0),
            cases => cases.binary_search_by_key(&session, |case| case.at).ok(),
        }
    }

    pub(crate) fn at(self, item: Item) -> Self {
        Self { bound: Some(item), ..self }
    }

    /// Where something is asked of one thing alone: the things inside are those
    /// that belong to it, as if it were the unit of the rule.
    pub(crate) fn within(self, item: Item) -> Self {
        let unit = match item.thing {
            Thing::Session => Unit::Session,
            Thing::Exchange(user) => Unit::Exchange(user),
            Thing::Turn(turn) => Unit::Turn(turn),
            Thing::Span(span) => Unit::Span(span),
            part => Unit::Part(part),
        };
        // Units are numbered by session.
        let cases =
            self.position(item).and_then(|at| self.cases.get(at..=at)).unwrap_or(self.cases);
        Self { cases, unit, bound: Some(item), ..self }
    }

    /// The things that a source selects.
    pub(crate) fn select(&self, source: &Source) -> Vec<Item> {
        let mut items = self.all(source);
        for filter in &source.filters {
            items.retain(|item| self.within(*item).is_true(filter));
        }
        items
    }

    /// The things that a source selects, its filters left out.
    pub(crate) fn all(&self, source: &Source) -> Vec<Item> {
        let kind = match &source.what {
            What::Query(asked) => return self.asked(asked),
            What::Kind(kind) => *kind,
        };
        let mut items = Vec::new();
        for case in self.cases {
            items.extend(case.things(kind, self.unit).iter().map(|thing| case.item(*thing)));
        }
        items
    }

    /// The spans that a query selects.
    pub(crate) fn asked(&self, asked: &Asked) -> Vec<Item> {
        let mut items = Vec::new();
        for case in self.cases {
            let spans = case.world.answer(asked, case.at).iter();
            let spans = spans.filter(|span| match self.unit {
                Unit::Session => true,
                Unit::Span(own) => own == **span,
                Unit::Turn(turn) => case.world.turn_of(**span) == Some(turn),
                Unit::Exchange(user) => {
                    let turn = case.world.turn_of(**span);
                    turn.and_then(|turn| case.exchange_of(turn)) == Some(user)
                }
                Unit::Part(own) => {
                    let turn = case.world.turn_of(**span);
                    turn.is_some() && turn == case.turn_of(own)
                }
            });
            items.extend(spans.map(|span| case.item(Thing::Span(*span))));
        }
        items
    }

    /// The only session, where what is asked is asked of all of it: what many
    /// rules ask of it is remembered.
    pub(super) fn whole(&self) -> Option<&'e Case<'w, 'a>> {
        match (self.cases, self.unit) {
            ([case], Unit::Session) => Some(case),
            _ => None,
        }
    }

    /// Whether an expression is true of the thing that is looked at.
    pub(crate) fn is_true(&self, expr: &Expr) -> bool {
        match self.eval(expr) {
            Out::One(val) => val.is_some_and(|val| val.truth()),
            Out::Many(all) => {
                !all.is_empty() && all.iter().all(|s| s.val.as_ref().is_some_and(Val::truth))
            }
        }
    }

    pub(crate) fn eval<'v>(&self, expr: &'v Expr) -> Out<'v>
    where
        'a: 'v,
    {
        match expr {
            Expr::Number(number, _) => Out::One(Some(Val::Num(*number))),
            Expr::Text(text) => Out::One(Some(Val::Text(text.as_str().into()))),
            Expr::Bool(truth) => Out::One(Some(Val::Bool(*truth))),
            Expr::Own(field, _) => self.own(*field),
            Expr::Field(source, field, _) => self.field(source, *field),
            Expr::Json(of, steps) => map(self.eval(of), |val| json(&val, steps)),
            Expr::Reduce(reduce, of) => Out::One(reduced(*reduce, self.eval(of))),
            Expr::Count(source) => Out::One(Some(Val::Num(self.select(source).len() as f64))),
            Expr::Exists(source) => Out::One(Some(Val::Bool(!self.select(source).is_empty()))),
            Expr::Ratio(of) => Out::One(match truths(self.eval(of)) {
                all if all.is_empty() => None,
                all => {
                    let held = all.iter().filter(|truth| **truth).count();
                    Some(Val::Num(held as f64 / all.len() as f64))
                }
            }),
            Expr::Quantified(quantifier, of) => {
                let all = truths(self.eval(of));
                Out::One((!all.is_empty()).then(|| {
                    Val::Bool(match quantifier {
                        Quantifier::Any => all.contains(&true),
                        Quantifier::All => !all.contains(&false),
                        Quantifier::None => !all.contains(&true),
                    })
                }))
            }
            Expr::Absolute(of) => map(self.eval(of), |val| Some(Val::Num(val.number()?.abs()))),
            Expr::Negate(of) => map(self.eval(of), |val| Some(Val::Num(-val.number()?))),
            Expr::Has(of) => match self.eval(of) {
                Out::One(val) => Out::One(Some(Val::Bool(is_said(val.as_ref())))),
                Out::Many(all) if all.is_empty() => Out::One(Some(Val::Bool(false))),
                Out::Many(all) => {
                    let mut all = all.into_vec();
                    for sample in &mut all {
                        sample.val = Some(Val::Bool(is_said(sample.val.as_ref())));
                    }
                    Out::Many(all.into())
                }
            },
            Expr::Not(of) => map(self.eval(of), |val| match val {
                Val::Band => Some(Val::Bool(true)),
                val => Some(Val::Bool(!val.truth())),
            }),
            Expr::Gap(from, to) => structure::gaps(self, from, to),
            Expr::Silence(source) => structure::silences(self, source),
            Expr::Follows { first, then, in_session } => {
                structure::follows(self, first, then, *in_session)
            }
            Expr::Arith(op, left, right) => {
                let op = *op;
                self.join(self.eval(left), self.eval(right), |a, b| {
                    match (op, a, b) {
                        (Arith::Add | Arith::Sub, Val::Endless(a), Val::Num(b)) => {
                            let b = if op == Arith::Add { *b } else { -b };
                            return Some(Val::Endless(a + b));
                        }
                        (Arith::Add, Val::Num(a), Val::Endless(b)) => {
                            return Some(Val::Endless(a + b));
                        }
                        _ => {}
                    }
                    let (a, b) = (a.number()?, b.number()?);
                    let value = match op {
                        Arith::Add => a + b,
                        Arith::Sub => a - b,
                        Arith::Mul => a * b,
                        Arith::Div => a / b,
                    };
                    value.is_finite().then_some(Val::Num(value))
                })
            }
            Expr::Compare(of) => {
                let (op, tolerance, glob) = (of.op, of.tolerance, of.glob);
                self.join(self.eval(&of.left), self.eval(&of.right), |a, b| {
                    Some(compare(op, a, b, tolerance, glob))
                })
            }
            Expr::Like { of, regex, negated, .. } => map(self.eval(of), |val| {
                let matches = |text: &str| regex.is_match(text.as_bytes());
                let any = match &val {
                    Val::Text(text) => matches(text),
                    Val::Texts(texts) => texts.iter().any(|text| matches(text)),
                    Val::Json(serde_json::Value::String(text)) => matches(text),
                    _ => false,
                };
                Some(Val::Bool(any != *negated))
            }),
            Expr::And(all) => self.logical(all, true),
            Expr::Or(all) => self.logical(all, false),
        }
    }

    fn own<'v>(&self, field: Field) -> Out<'v>
    where
        'a: 'v,
    {
        let Some(item) = self.bound else { return Out::nothing() };
        self.of_one(item, field)
    }

    /// A field of one thing. Where it should have none and has none there is
    /// nothing to say.
    fn of_one<'v>(&self, item: Item, field: Field) -> Out<'v>
    where
        'a: 'v,
    {
        let Some(case) = self.case(item) else { return Out::nothing() };
        match case.field(item.thing, field) {
            None if !case.should_have(item.thing, field) => Out::nothing(),
            val => Out::One(val),
        }
    }

    fn field<'v>(&self, source: &'v Source, field: Field) -> Out<'v>
    where
        'a: 'v,
    {
        if let (Some(item), What::Kind(kind), true) =
            (self.bound, &source.what, source.filters.is_empty())
            && let Some(own) = self.resolve(item, *kind)
        {
            return self.of_one(own, field);
        }
        // What calls say is looked for around the thing that is looked at.
        let is_of_calls = matches!(field, Field::Latency(latency, _) if latency.is_of_calls());
        let whole = self.whole().filter(|_| self.bound.is_none() || !is_of_calls);
        match (whole, &source.what) {
            (Some(case), What::Kind(kind)) if source.filters.is_empty() => {
                let key = Series::Field((*kind, field));
                let series = case.shared.series(key, || self.column(source, field));
                Out::Many(Samples::Shared(series))
            }
            _ => Out::Many(self.column(source, field).into()),
        }
    }

    /// The values of a field of all things selected.
    fn column(&self, source: &Source, field: Field) -> Vec<Sample<'a>> {
        if let Some(samples) = calls::column(self, source, field) {
            return samples;
        }
        let repeats = matches!(source.what, What::Kind(Kind::Turn));
        let mut samples = Vec::new();
        for item in self.select(source) {
            let Some(case) = self.case(item) else { continue };
            if repeats && case.is_told_again(item.thing, field) {
                continue;
            }
            let val = case.field(item.thing, field);
            if val.is_some() || case.should_have(item.thing, field) {
                samples.push(Sample { item, val });
            }
        }
        samples
    }

    /// The thing of a kind that a bound thing is, or belongs to.
    pub(super) fn resolve(&self, item: Item, kind: Kind) -> Option<Item> {
        let case = self.case(item)?;
        let turn = case.turn_of(item.thing);
        let role = |at: u32| case.turn(at).map(|turn| turn.role);
        let thing = match (kind, item.thing) {
            (Kind::Session, _) => Thing::Session,
            (Kind::Turn, _) => Thing::Turn(turn?),
            (Kind::Agent, _) if role(turn?) == Some(Role::Agent) => Thing::Turn(turn?),
            (Kind::User, _) => Thing::Turn(case.exchange_of(turn?)?),
            (Kind::Exchange, _) => Thing::Exchange(case.exchange_of(turn?)?),
            (Kind::Tool, thing @ Thing::Tool(..))
            | (Kind::Handoff, thing @ Thing::Handoff(_))
            | (Kind::Error, thing @ Thing::Error(..)) => thing,
            (Kind::Span, thing) => Thing::Span(case.span_of(thing)?),
            (Kind::Op(op), Thing::Span(span)) if case.world.sessions.op(span) == op => item.thing,
            _ => return None,
        };
        Some(Item { thing, ..item })
    }

    fn logical<'v>(&self, all: &'v [Expr], and: bool) -> Out<'v>
    where
        'a: 'v,
    {
        let mut outs = all.iter().map(|expr| self.eval(expr));
        let Some(first) = outs.next() else { return Out::nothing() };
        outs.fold(first, |left, right| self.both(left, right, and))
    }

    /// `&&` and `||`: a value that is missing decides nothing.
    fn both<'v>(&self, left: Out<'v>, right: Out<'v>, and: bool) -> Out<'v> {
        let decided = |a: Option<Val<'v>>, b: Option<Val<'v>>| {
            let decides = |val: &Option<Val<'v>>| {
                val.as_ref().is_some_and(|val| if and { is_false(val) } else { val.truth() })
            };
            match (decides(&a), decides(&b)) {
                (true, _) => a,
                (_, true) => b,
                _ => match (a, b) {
                    (Some(a), Some(b)) => Some(if a == Val::Band { a } else { b }),
                    _ => None,
                },
            }
        };
        match (left, right) {
            (Out::One(a), Out::One(b)) => Out::One(decided(a, b)),
            (Out::Many(many), Out::One(one)) | (Out::One(one), Out::Many(many)) => {
                if many.is_empty() {
                    return Out::One(one);
                }
                let each = |s: Sample<'v>| Sample { val: decided(s.val, one.clone()), ..s };
                Out::Many(many.into_vec().into_iter().map(each).collect::<Vec<_>>().into())
            }
            (Out::Many(a), Out::Many(b)) if a.is_empty() || b.is_empty() => {
                Out::Many(if a.is_empty() { b } else { a })
            }
            (Out::Many(a), Out::Many(b)) => match self.pairs(&a, &b) {
                Some(pairs) => {
                    let each = pairs.into_iter();
                    let each = each.map(|(item, a, b)| Sample { item, val: decided(a, b) });
                    Out::Many(each.collect::<Vec<_>>().into())
                }
                // They speak of different things: each for itself.
                None => Out::One(decided(whole(a.into_vec(), and), whole(b.into_vec(), and))),
            },
        }
    }

    /// Puts values together that belong together.
    fn join<'v>(
        &self,
        left: Out<'v>,
        right: Out<'v>,
        with: impl Fn(&Val<'v>, &Val<'v>) -> Option<Val<'v>>,
    ) -> Out<'v> {
        let val = |a: Option<&Val<'v>>, b: Option<&Val<'v>>| with(a?, b?);
        match (left, right) {
            (Out::One(a), Out::One(b)) => Out::One(val(a.as_ref(), b.as_ref())),
            (Out::Many(a), Out::One(b)) => {
                let each =
                    |s: &Sample<'v>| Sample { item: s.item, val: val(s.val.as_ref(), b.as_ref()) };
                Out::Many(a.iter().map(each).collect::<Vec<_>>().into())
            }
            (Out::One(a), Out::Many(b)) => {
                let each =
                    |s: &Sample<'v>| Sample { item: s.item, val: val(a.as_ref(), s.val.as_ref()) };
                Out::Many(b.iter().map(each).collect::<Vec<_>>().into())
            }
            (Out::Many(a), Out::Many(b)) => {
                let pairs = self.pairs(&a, &b).unwrap_or_default();
                let joined = pairs
                    .into_iter()
                    .map(|(item, a, b)| Sample { item, val: val(a.as_ref(), b.as_ref()) });
                Out::Many(joined.collect::<Vec<_>>().into())
            }
        }
    }

    /// Samples of the same thing; else those of a finer thing with those of
    /// what it is part of; else those of turns of the same exchange. `None`
    /// when the two lists have nothing to do with each other.
    #[expect(clippy::type_complexity, reason = "two values and whose they are")]
    fn pairs<'v>(
        &self,
        a: &[Sample<'v>],
        b: &[Sample<'v>],
    ) -> Option<Vec<(Item, Option<Val<'v>>, Option<Val<'v>>)>> {
        let by = |list: &[Sample<'v>], key: &dyn Fn(Item) -> Option<Item>| {
            let keyed = list.iter().filter_map(|s| Some((key(s.item)?, s.val.clone())));
            keyed.collect::<HashMap<Item, Option<Val<'v>>>>()
        };
        let itself = |item: Item| Some(item);
        let of_turn = |item: Item| {
            let turn = self.case(item)?.turn_of(item.thing)?;
            Some(Item { thing: Thing::Turn(turn), ..item })
        };
        let of_exchange = |item: Item| {
            let case = self.case(item)?;
            let turn = case.turn_of(item.thing)?;
            let user = case.exchange_of(turn).unwrap_or(NONE);
            Some(Item { thing: Thing::Exchange(user), ..item })
        };
        let of_session = |item: Item| Some(Item { thing: Thing::Session, ..item });
        let ways: [&dyn Fn(Item) -> Option<Item>; 4] =
            [&itself, &of_turn, &of_exchange, &of_session];
        let is_session = |list: &[Sample<'v>]| list.iter().all(|s| s.item.thing == Thing::Session);
        for (at, way) in ways.into_iter().enumerate() {
            if at == 3 && !is_session(a) && !is_session(b) {
                return None;
            }
            let (left, right) = (by(a, way), by(b, way));
            // The side that has more things decides whose the results are.
            let (fine, coarse, swapped) =
                if a.len() >= b.len() { (a, &right, false) } else { (b, &left, true) };
            let found: Vec<_> = fine
                .iter()
                .filter_map(|s| {
                    let other = coarse.get(&way(s.item)?)?.clone();
                    let own = s.val.clone();
                    Some(if swapped { (s.item, other, own) } else { (s.item, own, other) })
                })
                .collect();
            if !found.is_empty() {
                return Some(found);
            }
        }
        None
    }
}

/// Whether the data says a value: of what never ended it says no length.
fn is_said(val: Option<&Val<'_>>) -> bool {
    val.is_some_and(|val| !matches!(val, Val::Endless(_)))
}

fn is_false(val: &Val<'_>) -> bool {
    !val.truth() && *val != Val::Band
}

/// All samples as one value: all of them, or any.
fn whole<'v>(all: Vec<Sample<'v>>, and: bool) -> Option<Val<'v>> {
    let mut vals = all.into_iter().filter_map(|sample| sample.val);
    let first = vals.next()?;
    Some(vals.fold(first, |a, b| match (and, a.truth(), b.truth()) {
        (true, true, _) | (false, false, _) => b,
        _ => a,
    }))
}

fn map<'v>(out: Out<'v>, with: impl Fn(Val<'v>) -> Option<Val<'v>>) -> Out<'v> {
    match out {
        Out::One(val) => Out::One(val.and_then(with)),
        Out::Many(all) => {
            let each = |s: Sample<'v>| Sample { val: s.val.and_then(&with), ..s };
            Out::Many(all.into_vec().into_iter().map(each).collect::<Vec<_>>().into())
        }
    }
}
