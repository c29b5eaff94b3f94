//! Steps in an order: which things count, and which of them fit a step.

use super::arrange::{Times, arrange};
use super::case::{Item, Thing, Unit};
use super::expr::Env;
use super::outcome::{Finding, Outcome};
use crate::assert::lang::words::Kind;
use crate::assert::lang::{Expr, Source, What};
use crate::assert::spec::model::Mode;
use hashbrown::HashSet;
use std::rc::Rc;

/// The things that fit a step of a sequence. Most of them are never asked for,
/// so filters wait until they are.
enum Fitting<'s> {
    These(HashSet<Item>),
    Of(Rc<HashSet<Thing>>, &'s [Expr]),
}

impl Env<'_, '_, '_> {
    /// Whether things come in the order of steps.
    pub(super) fn sequence(&self, steps: &[Source], mode: Mode) -> Outcome {
        let needs_spans = steps.iter().any(|step| step.kind().is_span());
        if needs_spans && !self.has_spans() {
            return Outcome::Missing("the session has no spans".to_owned(), None);
        }
        let universe = self.universe(steps);
        if universe.is_empty() && mode == Mode::Subset {
            return Outcome::Nothing("there is nothing of these kinds".to_owned());
        }
        let fitting: Vec<Fitting<'_>> = steps.iter().map(|step| self.fitting(step)).collect();
        let fits = |label: usize, thing: usize| match (fitting.get(label), universe.get(thing)) {
            (Some(Fitting::These(set)), Some(item)) => set.contains(item),
            (Some(Fitting::Of(kind, filters)), Some(item)) => {
                kind.contains(&item.thing)
                    && filters.iter().all(|filter| self.within(*item).is_true(filter))
            }
            _ => false,
        };
        let times = vec![Times::ONCE; steps.len()];
        let Err(misfit) = arrange(mode, &times, universe.len(), fits) else {
            return Outcome::Passed(self.labels(&universe));
        };
        let step = misfit.label.and_then(|label| steps.get(label).map(|step| (label, step)));
        let thing = misfit.thing.and_then(|thing| universe.get(thing)).copied();
        let found = match (step, thing) {
            (Some((label, step)), Some(thing)) if mode == Mode::Strict => {
                format!("{} where step {} `{}` should be", self.label(thing), label + 1, step.text)
            }
            (Some((label, step)), _) => {
                let before = label.checked_sub(1).and_then(|label| steps.get(label));
                let behind = before.map(|step| format!(" behind `{}`", step.text));
                let behind = if mode == Mode::Ordered { behind } else { None };
                format!("no step {} `{}`{}", label + 1, step.text, behind.unwrap_or_default())
            }
            (None, Some(thing)) => format!("{} is no step", self.label(thing)),
            (None, None) => "it does not fit".to_owned(),
        };
        // The step may be there, at another place.
        let elsewhere: Vec<Item> = step.map_or_else(Vec::new, |(_, step)| self.select(step));
        let nearest = match (elsewhere.first(), step) {
            (Some(item), _) => {
                let at = universe.iter().position(|known| known == item);
                let before = at.and_then(|at| universe.get(at + 1)).map(|next| self.label(*next));
                let before = before.map_or_else(String::new, |next| format!(", before {next}"));
                Some(format!("{}{before}", self.label(*item)))
            }
            (None, Some((_, step))) => self.nearest_to(step).map(|(text, _)| text),
            (None, None) => None,
        };
        let items: Vec<Item> = thing.into_iter().chain(elsewhere).collect();
        let items = if items.is_empty() { universe.to_vec() } else { items };
        let mut finding = Finding::new(found, items).nearest(nearest);
        if !universe.is_empty() {
            let names: Vec<String> = universe.iter().take(12).map(|i| self.label(*i)).collect();
            finding.details.push(format!("in order: {}", names.join(", ")));
        }
        Outcome::Failed(finding)
    }

    /// What counts as "others" in a sequence: everything of the kinds that are
    /// named, and of queries what they select. In order of time.
    fn universe(&self, steps: &[Source]) -> Rc<[Item]> {
        let mut kinds: Vec<Kind> = Vec::new();
        let mut parts: Vec<&Source> = Vec::new();
        for step in steps {
            match &step.what {
                What::Kind(kind) if kinds.contains(kind) => continue,
                What::Kind(kind) => kinds.push(*kind),
                What::Query(_) => {}
            }
            parts.push(step);
        }
        let make = || {
            let mut universe: Vec<Item> = Vec::new();
            for part in &parts {
                universe.extend(match part.what {
                    What::Kind(_) => self.all(part),
                    What::Query(_) => self.select(part),
                });
            }
            let order =
                |item: &Item| self.case(*item).map(|case| (item.session, case.order(item.thing)));
            universe.sort_by_cached_key(order);
            universe.dedup();
            universe
        };
        match self.whole() {
            Some(case) if kinds.len() == parts.len() => case.shared.row(kinds, make),
            _ => make().into(),
        }
    }

    fn fitting<'s>(&self, step: &'s Source) -> Fitting<'s> {
        match (&step.what, self.whole()) {
            (What::Kind(kind), Some(case)) => {
                let make = || case.things(*kind, Unit::Session);
                Fitting::Of(case.shared.set(*kind, make), &step.filters)
            }
            _ => Fitting::These(self.select(step).into_iter().collect()),
        }
    }
}
