//! A rule asked of all its units: of the session, or of each turn, exchange or
//! span in it.
//!
//! Of many units one is told. So each is asked how it ends, and the one that
//! decides is asked again, with words.

use super::case::{Case, Item, Thing, Unit};
use super::expr::Env;
use super::outcome::{Finding, Outcome};
use crate::assert::lang::words::Kind;
use crate::assert::spec::model::{Form, Rule, Satisfies, Scope, WhenMissing};
use crate::output::summary::plural;

/// What happens to rules of a form when their values are missing and nothing is
/// said: structure that is missing is wrong, a measurement may be left out.
pub(super) fn usual(form: &Form) -> WhenMissing {
    let is_measure = match form {
        Form::Holds(expr) => expr.is_measure(),
        Form::AllOf(all) => all.iter().all(|(expr, _)| expr.is_measure()),
        Form::Every { satisfies: Satisfies::Expr(expr), .. } => expr.is_measure(),
        Form::Exists { within, .. } => within.is_some(),
        _ => false,
    };
    if is_measure { WhenMissing::Skip } else { WhenMissing::Fail }
}

/// Whether one unit that lacks a value is enough for the rule to lack it.
fn is_strict(rule: &Rule) -> bool {
    match rule.when_missing {
        Some(WhenMissing::Fail | WhenMissing::Warn) => true,
        Some(WhenMissing::Skip) => false,
        None => usual(&rule.form) == WhenMissing::Fail,
    }
}

/// Asks a rule of all its units and puts the answers together.
pub(super) fn outcome(rule: &Rule, cases: &[Case<'_, '_>], explain: bool) -> Outcome {
    let whole = Env { cases, unit: Unit::Session, bound: None, explain, told: true };
    let whole_only = matches!(rule.form, Form::Hygiene(_));
    if matches!(rule.scope, Scope::Session | Scope::Suite) || whole_only {
        if !rule.filters.iter().all(|filter| whole.is_true(filter)) {
            return Outcome::Nothing("the session does not fit `where`".to_owned());
        }
        return whole.ask(rule);
    }
    let Some(case) = cases.first() else { return Outcome::Nothing(String::new()) };
    let kind = match rule.scope {
        Scope::Turn => Kind::Turn,
        Scope::Exchange => Kind::Exchange,
        _ => Kind::Span,
    };
    let mut units = Units::new(rule, case, cases, kind);
    for thing in case.things(kind, Unit::Session).iter() {
        let Some(env) = units.env(*thing) else { continue };
        if rule.filters.iter().all(|filter| env.is_true(filter)) {
            units.add(*thing, &env.ask(rule));
        }
    }
    units.outcome(explain)
}

/// The answers of all units of a session.
struct Units<'u, 'w, 'a> {
    rule: &'u Rule,
    case: &'u Case<'w, 'a>,
    cases: &'u [Case<'w, 'a>],
    kind: Kind,
    passed: usize,
    missing: usize,
    /// Those that failed, and whether that is only a warning.
    failed: Vec<(Thing, bool)>,
    first_missing: Option<Thing>,
    nothing: Option<Thing>,
    insufficient: Option<Thing>,
}

impl<'u, 'w, 'a> Units<'u, 'w, 'a> {
    fn new(rule: &'u Rule, case: &'u Case<'w, 'a>, cases: &'u [Case<'w, 'a>], kind: Kind) -> Self {
        Self {
            rule,
            case,
            cases,
            kind,
            passed: 0,
            missing: 0,
            failed: Vec::new(),
            first_missing: None,
            nothing: None,
            insufficient: None,
        }
    }

    /// Where the rule is asked of a unit.
    fn env(&self, thing: Thing) -> Option<Env<'u, 'w, 'a>> {
        let unit = match thing {
            Thing::Turn(turn) => Unit::Turn(turn),
            Thing::Exchange(user) => Unit::Exchange(user),
            Thing::Span(span) => Unit::Span(span),
            _ => return None,
        };
        let bound = Some(self.case.item(thing));
        Some(Env { cases: self.cases, unit, bound, explain: false, told: false })
    }

    fn add(&mut self, thing: Thing, outcome: &Outcome) {
        match outcome {
            Outcome::Passed(_) => self.passed += 1,
            Outcome::Failed(finding) => self.failed.push((thing, finding.is_warning)),
            Outcome::Missing(..) => {
                self.missing += 1;
                self.first_missing.get_or_insert(thing);
            }
            Outcome::Nothing(_) => self.nothing = Some(thing),
            Outcome::Insufficient(_) => self.insufficient = Some(thing),
        }
    }

    /// The answer of one unit, in words.
    fn told(&self, thing: Thing, explain: bool) -> Outcome {
        match self.env(thing) {
            Some(env) => Env { explain, told: true, ..env }.ask(self.rule),
            None => Outcome::Nothing(String::new()),
        }
    }

    fn failure(&self, explain: bool) -> Option<Finding> {
        let (first, _) = self.failed.first()?;
        // A miss outweighs a warning.
        let (worst, _) = self.failed.iter().min_by_key(|(_, is_warning)| *is_warning)?;
        // Only what failed first is explained; the others are counted.
        let Outcome::Failed(mut finding) = self.told(*worst, explain && worst == first) else {
            return None;
        };
        let label = self.case.label(*worst);
        if !finding.found.contains(&label) {
            finding.found = format!("{label}: {}", finding.found);
        }
        if self.failed.len() > 1 {
            let more = plural(self.failed.len() - 1, &format!("more {}", self.kind.as_str()));
            finding.found.push_str(&format!(" (and {more})"));
        }
        // The unit is where to look when nothing inside it is at fault.
        finding.items.push(self.case.item(*worst));
        let mut others: Vec<(Thing, bool)> =
            self.failed.iter().filter(|(thing, _)| thing != worst).copied().collect();
        others.sort_by_key(|(_, is_warning)| *is_warning);
        finding.items.extend(others.into_iter().map(|(thing, _)| self.case.item(thing)));
        Some(finding)
    }

    fn lack(&self, thing: Thing) -> Outcome {
        let Outcome::Missing(why, of) = self.told(thing, false) else {
            return Outcome::Nothing(String::new());
        };
        let label = self.case.label(thing);
        let why = if why.contains(&label) { why } else { format!("{label}: {why}") };
        let item: Item = of.unwrap_or_else(|| self.case.item(thing));
        Outcome::Missing(why, Some(item))
    }

    fn outcome(self, explain: bool) -> Outcome {
        if let Some(finding) = self.failure(explain) {
            return Outcome::Failed(finding);
        }
        if let Some(thing) = self.insufficient {
            return self.told(thing, false);
        }
        match (self.passed, self.first_missing) {
            (passed, Some(thing)) if passed == 0 || is_strict(self.rule) => self.lack(thing),
            (0, None) => match self.nothing {
                Some(thing) => self.told(thing, false),
                None => Outcome::Nothing(format!("no {} fits `where`", self.kind.as_str())),
            },
            (passed, missing) => {
                let mut message = plural(passed, self.kind.as_str());
                if missing.is_some() {
                    message.push_str(&format!(", {} without a value", self.missing));
                }
                Outcome::Passed(message)
            }
        }
    }
}
