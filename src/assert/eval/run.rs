//! A run: every rule asked of every session.

use super::case::{Case, Item};
use super::outcome::{Finding, Outcome};
use super::units::{outcome, usual};
use super::waterfall::waterfall;
use super::world::World;
use crate::assert::lang::{Asked, Expr, Label, PatternNode, What};
use crate::assert::spec::model::{Form, Need, Rule, Satisfies, Scope, Spec, WhenMissing};
use crate::assert::{RulePlace, RuleSeverity, Status, Verdict, Verdicts};
use crate::diagnostic::Diagnostic;
use crate::model::{SpanIx, Store};
use crate::query::QueryError;
use crate::session::Sessions;

/// Failures of one rule that are explained with the turn they happened in.
/// Beyond that the message stands alone: nobody reads a thousand waterfalls.
const EXPLAINED: usize = 3;
/// The same for all rules of a run together.
const EXPLAINED_IN_ALL: usize = 100;

/// What a run found.
#[derive(Debug, Default)]
pub struct Evaluated {
    /// The verdicts.
    pub verdicts: Verdicts,
    /// What a reader should know about the evaluation.
    pub diagnostics: Vec<Diagnostic>,
}

/// A query of a rule that cannot be evaluated.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}: {error}", place.file)]
pub struct RunError {
    /// The rule.
    pub place: RulePlace,
    /// Why not.
    pub error: QueryError,
}

/// Asks all rules of the sessions at these positions of the list.
///
/// # Errors
/// When a query cannot be evaluated.
pub fn evaluate(
    spec: &Spec,
    store: &Store,
    sessions: &Sessions,
    kept: &[usize],
) -> Result<Evaluated, RunError> {
    let mut world = World::new(store, sessions);
    let rules = || {
        let all = spec.documents.iter().flat_map(|document| &document.rules);
        all.filter(|rule| !matches!(rule.form, Form::Snapshot(_)))
    };
    for rule in rules() {
        for asked in queries(rule) {
            world.prepare(asked).map_err(|error| RunError { place: rule.place.clone(), error })?;
        }
    }
    let of_session: Vec<&Rule> = rules().filter(|rule| rule.scope != Scope::Suite).collect();
    let of_suite: Vec<&Rule> = rules().filter(|rule| rule.scope == Scope::Suite).collect();
    let mut explained = vec![0usize; of_session.len()];
    let mut left = EXPLAINED_IN_ALL;
    let mut list = Vec::with_capacity(kept.len() * of_session.len() + of_suite.len());
    for at in kept {
        let Some(session) = sessions.list.get(*at) else { continue };
        let cases = [Case::new(&world, *at, session)];
        for (rule, explained) in of_session.iter().zip(&mut explained) {
            let mut used = if left == 0 { EXPLAINED } else { *explained };
            list.push(verdict(rule, &cases, &mut used));
            if left > 0 {
                left -= used - *explained;
                *explained = used;
            }
        }
    }
    if !of_suite.is_empty() {
        // Things find their session by its place.
        let mut ordered = kept.to_vec();
        ordered.sort_unstable();
        let cases: Vec<Case<'_, '_>> = ordered
            .iter()
            .filter_map(|at| Some(Case::new(&world, *at, sessions.list.get(*at)?)))
            .collect();
        list.extend(of_suite.iter().map(|rule| verdict(rule, &cases, &mut 0)));
    }
    let diagnostics = world.diagnostics.clone();
    Ok(Evaluated { verdicts: Verdicts { list }, diagnostics })
}

/// All queries that a rule wants the answers of.
fn queries(rule: &Rule) -> Vec<&Asked> {
    let mut exprs: Vec<&Expr> = rule.filters.iter().collect();
    let mut sources = Vec::new();
    let mut found = Vec::new();
    match &rule.form {
        Form::Selects(asked) | Form::SelectsNone(asked) => found.push(asked),
        Form::Holds(expr) => exprs.push(expr),
        Form::Exists { source, within } => {
            sources.push(source);
            exprs.extend(within.iter().map(|within| &within.of));
        }
        Form::Absent(source) | Form::Count { source, .. } => sources.push(source),
        Form::Every { source, satisfies } => {
            sources.push(source);
            match satisfies {
                Satisfies::Expr(expr) => exprs.push(expr),
                Satisfies::Query(asked) => found.push(asked),
            }
        }
        Form::Sequence { steps, .. } => sources.extend(steps),
        Form::Tree { root, .. } => labels(root, &mut sources),
        Form::AllOf(all) => exprs.extend(all.iter().map(|(expr, _)| expr)),
        Form::Hygiene(_) | Form::Snapshot(_) => {}
    }
    let mut at = 0;
    while exprs.len() > at || !sources.is_empty() {
        for expr in exprs.iter().skip(at) {
            expr.sources(&mut sources);
        }
        at = exprs.len();
        for source in std::mem::take(&mut sources) {
            if let What::Query(asked) = &source.what {
                found.push(asked);
            }
            exprs.extend(&source.filters);
        }
    }
    found
}

fn labels<'p>(node: &'p PatternNode, found: &mut Vec<&'p crate::assert::lang::Source>) {
    if let Label::OneOf(all) = &node.label {
        found.extend(all);
    }
    node.below.iter().for_each(|node| labels(node, found));
}

/// The verdict on a rule in one session, or over all of them.
fn verdict(rule: &Rule, cases: &[Case<'_, '_>], explained: &mut usize) -> Verdict {
    let one = match (rule.scope, cases) {
        (Scope::Suite, _) => None,
        (_, cases) => cases.first(),
    };
    let mut verdict = Verdict {
        rule: rule.id.clone(),
        place: rule.place.clone(),
        severity: rule.severity,
        session: one.map(|case| case.session.id.clone()),
        source: one.and_then(source_of),
        status: Status::Passed,
        message: String::new(),
        expected: Some(rule.expected.clone()).filter(|expected| !expected.is_empty()),
        found: None,
        nearest: None,
        details: Vec::new(),
        spans: Vec::new(),
        turn: None,
    };
    if let Some(need) = rule.needs.iter().find(|need| !cases.iter().any(|case| has(case, **need))) {
        verdict.status = Status::Skipped;
        verdict.message = format!("needs {}, which the data does not have", need.as_str());
        return verdict;
    }
    let explain = *explained < EXPLAINED;
    match outcome(rule, cases, explain) {
        Outcome::Passed(message) => verdict.message = message,
        Outcome::Nothing(why) if rule.when_missing == Some(WhenMissing::Fail) => {
            fail(&mut verdict, Finding::new(why, Vec::new()), cases, false);
        }
        Outcome::Nothing(why) => {
            verdict.status = Status::Skipped;
            verdict.message = why;
        }
        Outcome::Insufficient(why) => {
            verdict.status = Status::Insufficient;
            verdict.message = why;
        }
        Outcome::Missing(why, item) => match rule.when_missing.unwrap_or_else(|| usual(&rule.form))
        {
            WhenMissing::Skip => {
                verdict.status = Status::Skipped;
                verdict.message = why;
            }
            policy => {
                if policy == WhenMissing::Warn {
                    verdict.severity = verdict.severity.min(RuleSeverity::Warn);
                }
                fail(&mut verdict, Finding::new(why, item.into_iter().collect()), cases, false);
            }
        },
        Outcome::Failed(finding) => {
            if finding.is_warning {
                verdict.severity = verdict.severity.min(RuleSeverity::Warn);
            }
            *explained += usize::from(explain);
            fail(&mut verdict, finding, cases, explain);
        }
    }
    if verdict.message.is_empty() {
        verdict.message = verdict.status.as_str().to_owned();
    }
    verdict
}

fn fail(verdict: &mut Verdict, finding: Finding, cases: &[Case<'_, '_>], explain: bool) {
    let case_of = |item: &Item| cases.iter().find(|case| case.at == item.session as usize);
    let first = finding.items.first().and_then(|item| Some((case_of(item)?, item.thing)));
    let turn = first.and_then(|(case, thing)| Some((case, case.turn_of(thing)?)));
    let number = turn.and_then(|(case, turn)| Some(case.turn(turn)?.number));
    verdict.status = Status::Failed;
    verdict.message.clone_from(&finding.found);
    verdict.found = Some(finding.found);
    verdict.nearest = finding.nearest;
    verdict.details = finding.details;
    verdict.turn = number;
    let mut spans: Vec<SpanIx> = Vec::new();
    for item in &finding.items {
        let span = case_of(item).and_then(|case| case.span_of(item.thing));
        if let Some(span) = span.filter(|span| !spans.contains(span)) {
            spans.push(span);
        }
        if spans.len() >= 100 {
            break;
        }
    }
    verdict.spans = spans;
    if let (Some((case, _)), true) = (first, verdict.source.is_none()) {
        verdict.source = source_of(case);
    }
    if let (Some((case, turn)), true) = (turn, explain) {
        verdict.details.extend(waterfall(case, turn));
    }
}

/// The source that a session came from, as the user named it.
fn source_of(case: &Case<'_, '_>) -> Option<String> {
    let store = case.world.store;
    let of_span = || store.spans().get(case.session.spans.first()?.index()).map(|row| row.part);
    let of_log = || case.session.logs.first().and_then(|log| store.log(*log)).map(|row| row.part);
    let part = of_span().or_else(of_log)?;
    store.part(part).map(|part| part.source.clone())
}

fn has(case: &Case<'_, '_>, need: Need) -> bool {
    let session = case.session;
    match need {
        Need::Audio => !session.audio.is_empty(),
        Need::Spans => !session.spans.is_empty(),
        Need::Logs => !session.logs.is_empty(),
        Need::Metrics => !session.points.is_empty(),
        Need::Speech => session.turns.iter().any(|turn| !turn.speech.is_empty()),
        Need::Tools => session.turns.iter().any(|turn| !turn.tools.is_empty()),
        Need::Turns => !session.turns.is_empty(),
    }
}

/// Whether a rule, as it may stand in a spec, holds for a session.
pub(crate) fn holds_here(store: &Store, sessions: &Sessions, at: usize, rule: &str) -> bool {
    let Ok(spec) = Spec::inline("init", rule, false) else { return false };
    match evaluate(&spec, store, sessions, &[at]) {
        Ok(found) => found.verdicts.list.iter().all(|one| one.status == Status::Passed),
        Err(_) => false,
    }
}
