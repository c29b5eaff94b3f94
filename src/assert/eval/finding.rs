//! What an expression found, in words: the value that decided, worst first.

use super::case::{Item, Thing};
use super::expr::Env;
use super::outcome::{Finding, Outcome};
use super::reduce::{numbers, rank};
use super::structure;
use super::value::{Out, Sample, Val};
use crate::assert::lang::words::{Field, Kind, Latency, Ty};
use crate::assert::lang::{Cmp, Compare, Expr, Quantifier, Reduce, Source};
use crate::dialect::Op;
use crate::output::summary::plural;
use crate::output::time::offset;

/// How many things a message lists.
pub(super) const LISTED: usize = 3;
/// Among how many things the nearest one is looked for.
const COMPARED: usize = 256;

impl Env<'_, '_, '_> {
    /// The verdict on an expression that gives this.
    pub(crate) fn judge(&self, expr: &Expr, out: &Out<'_>) -> Outcome {
        match out {
            Out::One(None) if !self.told => Outcome::Missing(String::new(), self.bound),
            Out::One(Some(val)) if !self.told => match val.truth() {
                true => Outcome::Passed(String::new()),
                false => Outcome::untold(*val == Val::Band),
            },
            Out::One(None) => Outcome::Missing(self.missing(expr), self.bound),
            Out::One(Some(val)) if val.truth() => Outcome::Passed(self.explain(expr)),
            Out::One(Some(val)) => {
                let mut items = self.items_of(expr);
                let nearest = self.nearest_of(expr);
                if items.is_empty() {
                    items.extend(nearest.as_ref().map(|(_, item)| *item));
                }
                let nearest = nearest.map(|(text, _)| text);
                let mut found = self.explain(expr);
                if nearest.is_none() && counts(expr) && !items.is_empty() {
                    found.push_str(&format!(": {}", self.labels(&items)));
                }
                let mut finding = Finding::new(found, items).nearest(nearest);
                finding.is_warning = *val == Val::Band;
                Outcome::Failed(finding)
            }
            Out::Many(samples) => self.judge_samples(expr, samples, Self::at),
        }
    }

    /// The verdict on an expression that is true or false of each of several
    /// things. `bind` says how the expression was asked of one of them.
    pub(crate) fn judge_samples(
        &self,
        expr: &Expr,
        samples: &[Sample<'_>],
        bind: fn(Self, Item) -> Self,
    ) -> Outcome {
        if samples.is_empty() {
            return Outcome::Nothing(if self.told { self.missing(expr) } else { String::new() });
        }
        // Only the first of those that pass are ever named.
        let compared = if self.explain { COMPARED } else { 0 };
        let (mut passing, mut passed, mut missing) = (Vec::new(), 0usize, 0usize);
        let (mut band, mut failing) = (Vec::new(), Vec::new());
        for sample in samples {
            match &sample.val {
                None => missing += 1,
                Some(Val::Band) => band.push(sample.item),
                Some(val) if val.truth() => {
                    passed += 1;
                    if passing.len() < compared {
                        passing.push(sample.item);
                    }
                }
                Some(_) => failing.push(sample.item),
            }
        }
        let is_warning = failing.is_empty();
        if is_warning {
            failing = band;
        }
        if failing.is_empty() {
            if passed == 0 {
                let first = samples.first().map(|sample| sample.item);
                let first = first.filter(|item| item.thing != Thing::Session);
                let label =
                    first.map_or_else(String::new, |item| format!("{}: ", self.label(item)));
                if !self.told {
                    return Outcome::Missing(String::new(), first);
                }
                let at = first.map_or(*self, |item| bind(*self, item));
                return Outcome::Missing(format!("{label}{}", at.missing(expr)), first);
            }
            let mut message = format!("{passed} of {}", samples.len());
            if missing > 0 {
                message.push_str(&format!(", {missing} without a value"));
            }
            return Outcome::Passed(message);
        }
        if !self.told {
            return Outcome::untold(is_warning);
        }
        let mut by_miss: Vec<(f64, Item)> = failing
            .into_iter()
            .map(|item| (bind(*self, item).miss(expr).unwrap_or(0.0), item))
            .collect();
        by_miss.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let failing: Vec<Item> = by_miss.into_iter().map(|(_, item)| item).collect();
        let worst = failing.first().copied();
        let mut found = worst.map_or_else(String::new, |worst| {
            format!(
                "{}: {}",
                self.label(self.blamed(worst, expr)),
                bind(*self, worst).explain(expr)
            )
        });
        if failing.len() > 1 {
            found.push_str(&format!(" (and {} more)", failing.len() - 1));
        }
        let closest = |a: &&Item, b: &&Item| {
            let miss = |item: &Item| bind(*self, *item).miss(expr).map_or(f64::MAX, f64::abs);
            miss(a).total_cmp(&miss(b))
        };
        let nearest = match passing.iter().min_by(closest) {
            Some(item) => {
                Some(format!("{} passes: {}", self.label(*item), bind(*self, *item).explain(expr)))
            }
            None if failing.len() > 1 => {
                failing.iter().rev().take(compared).min_by(closest).map(|item| {
                    format!(
                        "none passes; closest is {}: {}",
                        self.label(*item),
                        bind(*self, *item).explain(expr)
                    )
                })
            }
            None => None,
        };
        let blamed = failing.iter().map(|item| self.blamed(*item, expr)).collect();
        let mut finding = Finding::new(found, blamed).nearest(nearest);
        finding.is_warning = is_warning;
        Outcome::Failed(finding)
    }

    /// The thing that a value is to be blamed on: of a latency that is known of
    /// the turn, the span that took the time, where there is one.
    fn blamed(&self, item: Item, expr: &Expr) -> Item {
        let span = || {
            let op = match latency(expr)? {
                Latency::E2e => return None,
                Latency::Eou => Op::Eou,
                Latency::Transcription => Op::Stt,
                Latency::Ttft => Op::Llm,
                Latency::Ttfb => Op::Tts,
            };
            let case = self.case(item)?;
            let turn = case.turn_of(item.thing)?;
            // What ends an utterance lies in the user's turn.
            let turns = [Some(turn), case.exchange_of(turn)].into_iter().flatten();
            turns.into_iter().find_map(|turn| case.first_of(op, turn))
        };
        match item.thing {
            Thing::Session if silence_of_session(expr) => {
                let turn = || {
                    let case = self.case(item)?;
                    structure::dead_air(case)?.before(case)
                };
                turn().map_or(item, |turn| Item { thing: Thing::Turn(turn), ..item })
            }
            Thing::Turn(_) | Thing::Exchange(_) => {
                span().map_or(item, |thing| Item { thing, ..item })
            }
            _ => item,
        }
    }

    /// What a thing is called; with its session where there are several.
    pub(crate) fn label(&self, item: Item) -> String {
        let Some(case) = self.case(item) else { return String::new() };
        let label = case.label(item.thing);
        if self.cases.len() > 1 { format!("{label} of {}", case.session.id) } else { label }
    }

    /// Things as a short list.
    pub(crate) fn labels(&self, items: &[Item]) -> String {
        let mut names: Vec<String> =
            items.iter().take(LISTED).map(|item| self.label(*item)).collect();
        if items.len() > LISTED {
            names.push(format!("{} more", items.len() - LISTED));
        }
        names.join(", ")
    }

    /// What an expression lacks, in words.
    fn missing(&self, expr: &Expr) -> String {
        let mut sources = Vec::new();
        expr.sources(&mut sources);
        let empty = sources.iter().find(|source| self.select(source).is_empty());
        match (empty, first_compare(expr)) {
            (Some(source), _) => format!("there is no {}", source.text),
            (None, Some(text)) => format!("the data does not say {text}"),
            (None, None) => "the data does not say".to_owned(),
        }
    }

    /// The values that decide an expression, in words.
    pub(crate) fn explain(&self, expr: &Expr) -> String {
        match expr {
            Expr::Compare(compare) => self.explain_compare(compare),
            Expr::Like { of, text, .. } => {
                format!("{text} = {}", self.shown(of))
            }
            Expr::And(all) => {
                let wrong: Vec<String> = all
                    .iter()
                    .filter(|part| !self.is_true(part))
                    .map(|part| self.explain(part))
                    .collect();
                match wrong.is_empty() {
                    true => self.joined(all),
                    false => wrong.join(", "),
                }
            }
            Expr::Or(all) => self.joined(all),
            Expr::Not(of) => self.explain(of),
            Expr::Exists(source) => {
                let items = self.select(source);
                match items.as_slice() {
                    [] => format!("there is no {}", source.text),
                    items => format!("there is {}", self.labels(items)),
                }
            }
            Expr::Follows { then, .. } => format!("no {} behind it", then.text),
            Expr::Quantified(quantifier, of) => match self.eval(of) {
                Out::One(_) => self.explain(of),
                Out::Many(samples) => {
                    let wanted = *quantifier == Quantifier::None;
                    let decides =
                        |s: &&Sample<'_>| s.val.as_ref().is_some_and(|val| val.truth() == wanted);
                    match samples.iter().find(decides) {
                        Some(s) => {
                            format!("{}: {}", self.label(s.item), self.at(s.item).explain(of))
                        }
                        None => format!("{} values", samples.len()),
                    }
                }
            },
            Expr::Has(_) => "the data does not say it".to_owned(),
            other => format!("it is {}", self.shown(other)),
        }
    }

    fn joined(&self, all: &[Expr]) -> String {
        all.iter().map(|part| self.explain(part)).collect::<Vec<_>>().join(", ")
    }

    fn explain_compare(&self, compare: &Compare) -> String {
        let mut text = format!("{} = {}", compare.text, self.shown(&compare.left));
        if let Some((share, of)) = compare.left.percentile() {
            let count = numbers(self.eval(of)).len();
            let note = if rank(share, count) + 1 == count { ", their largest" } else { "" };
            text.push_str(&format!(" (of {}{note})", plural(count, "value")));
        }
        let one = self.bound.and_then(|item| self.case(item));
        if let Some(case) = one.filter(|_| silence_of_session(&compare.left))
            && let Some(air) = structure::dead_air(case)
            && let Some(from) = case.session.ms(Some(air.from))
        {
            text.push_str(&format!(", from {}", offset(from)));
        }
        if !matches!(compare.right, Expr::Number(..) | Expr::Text(_) | Expr::Bool(_)) {
            text.push_str(&format!(", to compare with {}", self.shown(&compare.right)));
        }
        text
    }

    /// The value of an expression as people read it.
    fn shown(&self, expr: &Expr) -> String {
        let ty = expr.ty();
        match self.eval(expr) {
            Out::One(val) => shown(val.as_ref(), ty),
            Out::Many(samples) => {
                let mut all: Vec<String> =
                    samples.iter().take(LISTED).map(|s| shown(s.val.as_ref(), ty)).collect();
                if samples.len() > LISTED {
                    all.push("…".to_owned());
                }
                if all.is_empty() { "not known".to_owned() } else { all.join(", ") }
            }
        }
    }

    /// How far a comparison is from holding; negative when it holds.
    fn miss(&self, expr: &Expr) -> Option<f64> {
        match expr {
            Expr::Compare(compare) => {
                let one = |expr: &Expr| match self.eval(expr) {
                    Out::One(val) => val?.extent(),
                    Out::Many(samples) => samples.first()?.val.as_ref()?.extent(),
                };
                let (left, right) = (one(&compare.left)?, one(&compare.right)?);
                Some(match compare.op {
                    Cmp::Lt | Cmp::Le => left - right,
                    Cmp::Gt | Cmp::Ge => right - left,
                    Cmp::Eq | Cmp::Ne => (left - right).abs(),
                })
            }
            Expr::And(all) => all
                .iter()
                .filter(|part| !self.is_true(part))
                .find_map(|part| self.miss(part))
                .or_else(|| all.iter().find_map(|part| self.miss(part))),
            Expr::Or(all) => all.iter().find_map(|part| self.miss(part)),
            Expr::Not(of) => self.miss(of),
            _ => None,
        }
    }

    /// The things behind a single value, those that decide it first.
    fn items_of(&self, expr: &Expr) -> Vec<Item> {
        if let Some((reduce, of)) = reduce_of(expr)
            && let Out::Many(samples) = self.eval(of)
        {
            let mut known: Vec<(Item, f64)> =
                samples.iter().filter_map(|s| Some((s.item, s.val.as_ref()?.extent()?))).collect();
            known.sort_by(|(_, a), (_, b)| match reduce {
                Reduce::Min => a.total_cmp(b),
                _ => b.total_cmp(a),
            });
            return known.into_iter().map(|(item, _)| item).collect();
        }
        if let Some(of) = ratio_of(expr)
            && let Out::Many(samples) = self.eval(of)
        {
            let true_ones = samples.iter().filter(|s| s.val.as_ref().is_some_and(Val::truth));
            return true_ones.map(|s| s.item).collect();
        }
        let mut sources = Vec::new();
        expr.sources(&mut sources);
        let mut items: Vec<Item> = sources.iter().flat_map(|source| self.select(source)).collect();
        if items.is_empty() {
            items.extend(self.bound);
        }
        items
    }

    /// The thing that comes closest to what an expression looks for.
    fn nearest_of(&self, expr: &Expr) -> Option<(String, Item)> {
        let mut sources = Vec::new();
        expr.sources(&mut sources);
        let source = sources.into_iter().find(|source| self.select(source).is_empty())?;
        self.nearest_to(source)
    }

    /// Of the things that a source could select, the one that fails the fewest
    /// of its filters, and the values that differ.
    pub(crate) fn nearest_to(&self, source: &Source) -> Option<(String, Item)> {
        if !self.explain {
            return None;
        }
        let wrong = |item: &Item| {
            source.filters.iter().filter(|filter| !self.within(*item).is_true(filter)).count()
        };
        let nearest = self.all(source).into_iter().min_by_key(wrong)?;
        if source.filters.is_empty() {
            return None;
        }
        let differs: Vec<String> = source
            .filters
            .iter()
            .filter(|filter| !self.within(nearest).is_true(filter))
            .map(|filter| self.within(nearest).explain(filter))
            .collect();
        Some((format!("{}: {}", self.label(nearest), differs.join(", ")), nearest))
    }
}

fn shown(val: Option<&Val<'_>>, ty: Ty) -> String {
    val.map_or_else(|| "not known".to_owned(), |val| val.show(ty))
}

/// Whether an expression compares a number of things.
fn counts(expr: &Expr) -> bool {
    matches!(expr, Expr::Compare(compare) if matches!(compare.left, Expr::Count(_)))
}

/// Whether an expression speaks of dead air.
fn silence_of_session(expr: &Expr) -> bool {
    match expr {
        Expr::Silence(source) => source.kind() == Kind::Session,
        other => other.inner().into_iter().any(silence_of_session),
    }
}

/// The first latency that an expression speaks of.
fn latency(expr: &Expr) -> Option<Latency> {
    match expr {
        Expr::Field(_, Field::Latency(latency, _), _)
        | Expr::Own(Field::Latency(latency, _), _) => Some(*latency),
        other => other.inner().into_iter().find_map(latency),
    }
}

/// The left side of the first comparison, as it is written.
fn first_compare(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Compare(compare) => Some(&compare.text),
        Expr::Like { text, .. } => Some(text),
        other => other.inner().into_iter().find_map(first_compare),
    }
}

fn reduce_of(expr: &Expr) -> Option<(Reduce, &Expr)> {
    match expr {
        Expr::Reduce(reduce, of) => Some((*reduce, of)),
        other => other.inner().into_iter().find_map(reduce_of),
    }
}

fn ratio_of(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Ratio(of) => Some(of),
        other => other.inner().into_iter().find_map(ratio_of),
    }
}

/// The values that percentiles and shares are of, to see whether they are
/// enough.
pub(super) fn sampled(expr: &Expr) -> Option<&Expr> {
    reduce_of(expr).map(|(_, of)| of).or_else(|| ratio_of(expr))
}
