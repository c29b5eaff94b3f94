//! Each form of rule, asked of one unit.

use super::case::{Item, Thing};
use super::expr::Env;
use super::finding::sampled;
use super::outcome::{Finding, Outcome};
use super::reduce::numbers;
use super::structure::Timeline;
use super::value::{Out, Sample, Val};
use super::{hygiene, nearest, tree};
use crate::assert::lang::{Asked, Cmp, Expr, Source, What};
use crate::assert::spec::model::{Form, Rule, Satisfies, WhenMissing, Within};
use crate::output::summary::plural;
use hashbrown::HashSet;

impl Env<'_, '_, '_> {
    /// Asks a rule of this unit.
    pub(super) fn ask(&self, rule: &Rule) -> Outcome {
        match &rule.form {
            Form::Selects(asked) => self.selects(asked),
            Form::SelectsNone(asked) => self.selects_none(asked),
            Form::Holds(expr) => self.holds(expr, rule),
            Form::Exists { source, within } => self.exists(source, within.as_ref()),
            Form::Absent(source) => self.absent(source),
            Form::Every { source, satisfies } => self.every(source, satisfies, rule),
            Form::Count { source, limits } => self.count(source, limits),
            Form::Sequence { steps, mode } => self.sequence(steps, *mode),
            Form::Tree { root, mode } => tree::fits(self, root, *mode),
            Form::AllOf(all) => self.all_of(all, rule),
            Form::Hygiene(hygiene) => match self.cases {
                [case] => hygiene::ask(case, *hygiene),
                _ => Outcome::Nothing("it is asked of one session at a time".to_owned()),
            },
            Form::Snapshot(_) => Outcome::Nothing("a snapshot is compared, not asked".to_owned()),
        }
    }

    pub(super) fn has_spans(&self) -> bool {
        self.cases.iter().any(|case| !case.session.spans.is_empty())
    }

    fn selects(&self, asked: &Asked) -> Outcome {
        let items = self.asked(asked);
        if !items.is_empty() {
            return Outcome::Passed(plural(items.len(), "span"));
        }
        if !self.has_spans() {
            return Outcome::Missing("the session has no spans".to_owned(), None);
        }
        let near = match self.cases {
            [case] if self.explain => nearest::of_query(case, asked),
            _ => nearest::Near::default(),
        };
        let items = near.spans.iter().filter_map(|span| {
            let case = self.cases.first()?;
            Some(case.item(Thing::Span(*span)))
        });
        let finding = Finding::new("no span is selected", items.collect());
        Outcome::Failed(finding.nearest(near.text))
    }

    fn selects_none(&self, asked: &Asked) -> Outcome {
        let items = self.asked(asked);
        if items.is_empty() {
            return match self.has_spans() {
                true => Outcome::Passed("no span is selected".to_owned()),
                false => Outcome::Nothing("the session has no spans".to_owned()),
            };
        }
        let values = match (self.cases, items.first()) {
            ([case], Some(Item { thing: Thing::Span(span), .. })) if self.explain => {
                nearest::values_of(case, asked, *span)
            }
            _ => None,
        };
        let found = format!("{}: {}", plural(items.len(), "span"), self.labels(&items));
        Outcome::Failed(Finding::new(found, items).nearest(values))
    }

    fn holds(&self, expr: &Expr, rule: &Rule) -> Outcome {
        if let Some(outcome) = self.too_few(expr, rule.min_n) {
            return outcome;
        }
        let out = self.eval(expr);
        let outcome = self.judge(expr, &out);
        match (&outcome, &out) {
            (Outcome::Passed(_), Out::Many(samples)) if is_strict(rule, expr) => {
                self.lacking(samples).unwrap_or(outcome)
            }
            _ => outcome,
        }
    }

    /// The verdict that some things lack a value, if they do.
    fn lacking(&self, samples: &[Sample<'_>]) -> Option<Outcome> {
        let without: Vec<Item> =
            samples.iter().filter(|s| s.val.is_none()).map(|s| s.item).collect();
        let first = without.first().copied()?;
        let text = format!("{} has no value", self.labels(&without));
        Some(Outcome::Missing(text, Some(first)))
    }

    /// Whether there are fewer values than the rule asks for.
    fn too_few(&self, expr: &Expr, min_n: Option<usize>) -> Option<Outcome> {
        let least = min_n?;
        let out = self.eval(sampled(expr).unwrap_or(expr));
        let count = match sampled(expr) {
            Some(_) if !matches!(out, Out::Many(_)) => numbers(out).len(),
            _ => match out {
                Out::One(val) => usize::from(val.is_some()),
                Out::Many(samples) => samples.iter().filter(|s| s.val.is_some()).count(),
            },
        };
        (count < least).then(|| {
            Outcome::Insufficient(format!("{} of at least {least}", plural(count, "value")))
        })
    }

    fn exists(&self, source: &Source, within: Option<&Within>) -> Outcome {
        let items = self.select(source);
        let Some(within) = within else {
            return match items.is_empty() {
                false => Outcome::Passed(self.labels(&items)),
                true => self.none_of(source),
            };
        };
        let Out::Many(from) = (Env { bound: None, ..*self }).eval(&within.of) else {
            return Outcome::Nothing("there is no time to count from".to_owned());
        };
        // A thing that already goes on at that time counts too: an agent may
        // begin before the end of an utterance is decided.
        let timeline = Timeline::new(self, &items);
        let near = |sample: &Sample<'_>| -> Option<bool> {
            let from = sample.val.as_ref()?.number()?;
            Some(timeline.is_busy(sample.item.session, from, from + within.ms))
        };
        let all: Vec<(Item, Option<bool>)> = from.iter().map(|s| (s.item, near(s))).collect();
        if all.is_empty() {
            return Outcome::Nothing(format!("nothing to count from: {}", within.text));
        }
        let late: Vec<Item> =
            all.iter().filter(|(_, near)| *near == Some(false)).map(|(item, _)| *item).collect();
        if let Some(first) = late.first() {
            let found =
                format!("{}: no {} within {}", self.label(*first), source.text, within.text);
            return Outcome::Failed(Finding::new(found, late));
        }
        match all.iter().filter(|(_, near)| near.is_some()).count() {
            0 => Outcome::Missing(format!("the data does not say {}", within.text), None),
            count => Outcome::Passed(format!("{count} of {}", all.len())),
        }
    }

    fn none_of(&self, source: &Source) -> Outcome {
        if source.kind().is_span() && !self.has_spans() {
            return Outcome::Missing("the session has no spans".to_owned(), None);
        }
        let mut items: Vec<Item> = self.bound.into_iter().collect();
        let nearest = match (&source.what, self.cases) {
            (What::Query(asked), [case]) if self.explain => {
                let near = nearest::of_query(case, asked);
                items.extend(near.spans.iter().map(|span| case.item(Thing::Span(*span))));
                near.text
            }
            _ => self.nearest_to(source).map(|(text, item)| {
                items.push(item);
                text
            }),
        };
        let finding = Finding::new(format!("there is no {}", source.text), items);
        Outcome::Failed(finding.nearest(nearest))
    }

    fn absent(&self, source: &Source) -> Outcome {
        let items = self.select(source);
        if !items.is_empty() {
            let mut found = format!("{}: {}", items.len(), self.labels(&items));
            if let Some(first) = items.first().filter(|_| !source.filters.is_empty()) {
                let at = self.within(*first);
                let values: Vec<String> = source.filters.iter().map(|f| at.explain(f)).collect();
                found.push_str(&format!(": {}", values.join(", ")));
            }
            return Outcome::Failed(Finding::new(found, items));
        }
        match source.kind().is_span() && !self.has_spans() {
            true => Outcome::Nothing("the session has no spans".to_owned()),
            false => Outcome::Passed(format!("there is no {}", source.text)),
        }
    }

    fn every(&self, source: &Source, satisfies: &Satisfies, rule: &Rule) -> Outcome {
        let items = self.select(source);
        if items.is_empty() {
            return Outcome::Nothing(format!("there is no {}", source.text));
        }
        match satisfies {
            Satisfies::Expr(expr) => {
                let samples: Vec<Sample<'_>> = items
                    .iter()
                    .filter_map(|item| {
                        Some(Sample { item: *item, val: self.within(*item).one(expr)? })
                    })
                    .collect();
                match self.judge_samples(expr, &samples, Self::within) {
                    passed @ Outcome::Passed(_) if is_strict(rule, expr) => {
                        self.lacking(&samples).unwrap_or(passed)
                    }
                    outcome => outcome,
                }
            }
            Satisfies::Query(asked) => {
                let selected: HashSet<Item> = self.asked(asked).into_iter().collect();
                let span = |item: &Item| {
                    let span = self.case(*item)?.span_of(item.thing)?;
                    Some(Item { thing: Thing::Span(span), ..*item })
                };
                let wrong: Vec<Item> = items
                    .iter()
                    .filter(|item| span(item).is_none_or(|span| !selected.contains(&span)))
                    .copied()
                    .collect();
                let Some(first) = wrong.first() else {
                    return Outcome::Passed(format!("{} of {}", items.len(), items.len()));
                };
                let mut found = format!("{} is not among them", self.label(*first));
                if wrong.len() > 1 {
                    found.push_str(&format!(" (and {} more)", wrong.len() - 1));
                }
                let values = self
                    .case(*first)
                    .and_then(|case| nearest::values_of(case, asked, case.span_of(first.thing)?));
                Outcome::Failed(Finding::new(found, wrong).nearest(values))
            }
        }
    }

    /// Whether an expression is about things of which there is none.
    fn lacks_things(&self, expr: &Expr) -> bool {
        let mut sources = Vec::new();
        expr.sources(&mut sources);
        sources.iter().any(|source| self.select(source).is_empty())
    }

    /// The value of an expression for the thing that is looked at; `None` where
    /// nothing that belongs to it is what the expression speaks of.
    fn one<'v>(&self, expr: &'v Expr) -> Option<Option<Val<'v>>> {
        Some(match self.eval(expr) {
            Out::Many(samples) if samples.is_empty() => return None,
            Out::One(None) if self.lacks_things(expr) => return None,
            Out::One(Some(Val::Band)) => Some(Val::Band),
            Out::One(val) => val.map(|val| Val::Bool(val.truth())),
            Out::Many(samples) => {
                let known: Vec<bool> =
                    samples.iter().filter_map(|s| Some(s.val.as_ref()?.truth())).collect();
                (!known.is_empty()).then(|| Val::Bool(!known.contains(&false)))
            }
        })
    }

    fn count(&self, source: &Source, limits: &[(Cmp, f64)]) -> Outcome {
        let items = self.select(source);
        if source.kind().is_span() && !self.has_spans() {
            return Outcome::Missing("the session has no spans".to_owned(), None);
        }
        let count = items.len() as f64;
        let holds = |(op, limit): &(Cmp, f64)| match op {
            Cmp::Eq => count == *limit,
            Cmp::Ge => count >= *limit,
            _ => count <= *limit,
        };
        if limits.iter().all(holds) {
            return Outcome::Passed(format!("{} are {}", items.len(), source.text));
        }
        let mut found = format!("count({}) = {}", source.text, items.len());
        if !items.is_empty() {
            found.push_str(&format!(": {}", self.labels(&items)));
        }
        let nearest = if items.is_empty() { self.nearest_to(source) } else { None };
        let items =
            if items.is_empty() { nearest.iter().map(|(_, item)| *item).collect() } else { items };
        Outcome::Failed(Finding::new(found, items).nearest(nearest.map(|(text, _)| text)))
    }

    fn all_of(&self, all: &[(Expr, String)], rule: &Rule) -> Outcome {
        let outcomes: Vec<(Outcome, &str)> =
            all.iter().map(|(expr, text)| (self.holds(expr, rule), text.as_str())).collect();
        let mut failed: Option<Finding> = None;
        let mut others: Vec<String> = Vec::new();
        let (mut passed, mut nothing) = (0, None);
        for (outcome, text) in outcomes {
            match outcome {
                Outcome::Passed(_) => passed += 1,
                // A miss outweighs a warning.
                Outcome::Failed(finding) => match &failed {
                    Some(known) if finding.is_warning || !known.is_warning => {
                        others.push(format!("`{text}`: {}", finding.found));
                    }
                    _ => {
                        let before = failed.replace(finding);
                        others.extend(before.map(|finding| finding.found));
                    }
                },
                Outcome::Insufficient(why) => {
                    return Outcome::Insufficient(format!("{text}: {why}"));
                }
                outcome => nothing = Some((outcome, text)),
            }
        }
        if let Some(mut finding) = failed {
            finding.details.extend(others.into_iter().map(|other| format!("also {other}")));
            return Outcome::Failed(finding);
        }
        let strict = matches!(rule.when_missing, Some(WhenMissing::Fail | WhenMissing::Warn));
        match (passed, nothing) {
            (_, Some((Outcome::Missing(why, item), text))) if passed == 0 || strict => {
                Outcome::Missing(format!("{text}: {why}"), item)
            }
            (0, Some((Outcome::Nothing(why), text))) => Outcome::Nothing(format!("{text}: {why}")),
            (passed, _) => Outcome::Passed(format!("{passed} of {}", all.len())),
        }
    }
}

/// Whether a value that some things lack is missing: where the rule says so, and
/// where it is about structure. Of measurements the ones that are there count.
pub(super) fn is_strict(rule: &Rule, expr: &Expr) -> bool {
    match rule.when_missing {
        Some(WhenMissing::Fail | WhenMissing::Warn) => true,
        Some(WhenMissing::Skip) => false,
        None => !expr.is_measure(),
    }
}
