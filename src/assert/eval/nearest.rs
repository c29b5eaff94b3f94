//! Why a query selects nothing: the part of it that nothing fulfils, the span
//! that comes closest, and the value that differs.

use super::case::{Case, Thing};
use super::value::quoted;
use crate::assert::lang::Asked;
use crate::model::SpanIx;
use crate::output::summary::plural;
use crate::output::time::length;
use crate::query::syntax::{
    Aggregate, Attr, BinaryOp, FieldExpr, Intrinsic, Literal, Pipeline, Spans, Stage,
};
use crate::query::{Answer, Body, Query, nearest};
use hashbrown::HashMap;
use std::collections::BTreeSet;

/// What comes closest.
#[derive(Clone, Debug, Default)]
pub(super) struct Near {
    pub text: Option<String>,
    pub spans: Vec<SpanIx>,
}

impl Near {
    fn said(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), spans: Vec::new() }
    }
}

/// What comes closest to a query that selects nothing of a session.
pub(super) fn of_query(case: &Case<'_, '_>, asked: &Asked) -> Near {
    match asked.query.can_run() {
        Ok(pipeline) => Search { case }.stages(&[], &pipeline.stages, 0),
        Err(_) => Near::default(),
    }
}

/// The values that a query asks of a span: `name = "x", duration = 2.1 s`.
pub(super) fn values_of(case: &Case<'_, '_>, asked: &Asked, span: SpanIx) -> Option<String> {
    let pipeline = asked.query.can_run().ok()?;
    let mut attrs = Vec::new();
    for stage in &pipeline.stages {
        if let Stage::Spans(spans) = stage {
            last_filter(spans)?.attrs(&mut attrs);
        }
    }
    let attrs: Vec<Attr> = attrs.into_iter().cloned().collect();
    let text = Search { case }.values(&attrs, span)?;
    Some(format!("{}: {text}", case.label(Thing::Span(span))))
}

/// The condition on the spans that an expression returns.
fn last_filter(spans: &Spans) -> Option<&FieldExpr> {
    match spans {
        Spans::Filter(expr) => expr.as_ref(),
        Spans::Join { right, .. } => last_filter(right),
        Spans::Pipeline(_) => None,
    }
}

struct Search<'s, 'w, 'a> {
    case: &'s Case<'w, 'a>,
}

impl Search<'_, '_, '_> {
    /// The spans of this session that are left by stages.
    fn left(&self, stages: Vec<Stage>) -> Vec<SpanIx> {
        let query = Query { body: Body::Spans(Pipeline { stages }), hints: Vec::new() };
        let found = self.case.world.ask(&query).unwrap_or_default();
        let spans = found.matches.into_iter().flat_map(|one| one.spans);
        spans.filter(|span| self.case.world.session_of(*span) == Some(self.case.at)).collect()
    }

    fn stages(&self, before: &[Stage], stages: &[Stage], depth: usize) -> Near {
        let mut done = before.to_vec();
        for stage in stages {
            let mut next = done.clone();
            next.push(stage.clone());
            if self.left(next.clone()).is_empty() {
                return match stage {
                    Stage::Spans(spans) => self.spans(&done, spans, depth),
                    Stage::Scalar(scalar) => {
                        let left = self.left(done);
                        let text = match scalar.aggregate {
                            Aggregate::Count => format!("count() = {}", left.len()),
                            Aggregate::Over(..) => {
                                format!("it does not hold for {}", plural(left.len(), "span"))
                            }
                        };
                        Near { text: Some(text), spans: left }
                    }
                    _ => Near::default(),
                };
            }
            done = next;
        }
        Near::default()
    }

    fn spans(&self, before: &[Stage], spans: &Spans, depth: usize) -> Near {
        if depth > 16 {
            return Near::default();
        }
        let of = |spans: &Spans| {
            let mut stages = before.to_vec();
            stages.push(Stage::Spans(spans.clone()));
            self.left(stages)
        };
        match spans {
            Spans::Filter(None) => Near::default(),
            Spans::Filter(Some(expr)) => self.filter(before, expr),
            Spans::Pipeline(pipeline) => self.stages(before, &pipeline.stages, depth + 1),
            Spans::Join { op, left, right } => {
                if of(left).is_empty() {
                    return self.spans(before, left, depth + 1);
                }
                let found = of(right);
                let Some(first) = found.first() else {
                    return self.spans(before, right, depth + 1);
                };
                let label = self.case.label(Thing::Span(*first));
                let text = format!(
                    "{label} is there, but no span of the left side is related to it by `{}`",
                    op.symbol()
                );
                Near { text: Some(text), spans: found }
            }
        }
    }

    /// Of the conditions that are joined by `&&`, those that the nearest span
    /// does not fulfil.
    fn filter(&self, before: &[Stage], expr: &FieldExpr) -> Near {
        let mut parts = Vec::new();
        conjuncts(expr, &mut parts);
        let fulfilled: Vec<Vec<SpanIx>> = parts
            .iter()
            .map(|part| {
                let mut stages = before.to_vec();
                stages.push(Stage::Spans(Spans::Filter(Some((*part).clone()))));
                self.left(stages)
            })
            .collect();
        // Of spans that fulfil equally many, the one that fulfils what is
        // written first: people say what they mean before what it should be.
        let mut score: HashMap<SpanIx, (usize, usize)> = HashMap::new();
        for (at, spans) in fulfilled.iter().enumerate() {
            for span in spans {
                let (hits, early) = score.entry(*span).or_default();
                *hits += 1;
                *early += 1 << (31 - at.min(31));
            }
        }
        let order = |span: &SpanIx| self.case.order(Thing::Span(*span));
        let best = score
            .iter()
            .max_by(|(a, hits), (b, others)| hits.cmp(others).then(order(b).cmp(&order(a))))
            .map(|(span, _)| *span);
        let Some(best) = best else {
            return parts.first().map_or_else(Near::default, |part| self.none_has(before, part));
        };
        let wrong: Vec<&FieldExpr> = parts
            .iter()
            .zip(&fulfilled)
            .filter(|(_, spans)| !spans.contains(&best))
            .map(|(part, _)| *part)
            .collect();
        let mut attrs = Vec::new();
        wrong.iter().for_each(|part| part.attrs(&mut attrs));
        let attrs: Vec<Attr> = attrs.into_iter().cloned().collect();
        let values = self.values(&attrs, best).unwrap_or_default();
        let text = format!("{}: {values}", self.case.label(Thing::Span(best)));
        Near { text: Some(text), spans: vec![best] }
    }

    /// Nothing fulfils the only condition: which values there are.
    fn none_has(&self, before: &[Stage], part: &FieldExpr) -> Near {
        let FieldExpr::Binary { left, right, .. } = part else { return Near::default() };
        let (FieldExpr::Attr(attr), FieldExpr::Literal(literal)) = (&**left, &**right) else {
            return Near::default();
        };
        let mut stages = before.to_vec();
        stages.push(Stage::Select(vec![attr.clone()]));
        // A pipeline begins with a selection of spans.
        stages.insert(0, Stage::Spans(Spans::Filter(None)));
        let query = Query { body: Body::Spans(Pipeline { stages }), hints: Vec::new() };
        let found = self.case.world.ask(&query).unwrap_or_default();
        let mut known: BTreeSet<String> = BTreeSet::new();
        for one in &found.matches {
            for (span, values) in one.spans.iter().zip(&one.selected) {
                if self.case.world.session_of(*span) == Some(self.case.at)
                    && let Some(value) = values.first().filter(|value| **value != Answer::Nil)
                    && known.len() < 10_000
                {
                    known.insert(bare(value));
                }
            }
        }
        if known.is_empty() {
            return Near::said(format!("no span has {attr}"));
        }
        if let Literal::Str(wanted) = literal
            && let Some(near) = nearest(wanted, known.iter().map(String::as_str))
        {
            return Near::said(format!("{attr} is {} of some span", quoted(near)));
        }
        let some: Vec<&str> = known.iter().take(5).map(String::as_str).collect();
        let more = if known.len() > some.len() { ", …" } else { "" };
        Near::said(format!("{attr} is one of {}{more}", some.join(", ")))
    }

    /// The values of names, for one span.
    fn values(&self, attrs: &[Attr], span: SpanIx) -> Option<String> {
        let row = self.case.world.store.spans().get(span.index())?;
        let mut names: Vec<Attr> = Vec::new();
        for attr in attrs {
            if !names.contains(attr) {
                names.push(attr.clone());
            }
        }
        let id = FieldExpr::Binary {
            op: BinaryOp::Eq,
            left: Box::new(FieldExpr::Attr(Attr::Intrinsic(Intrinsic::SpanId))),
            right: Box::new(FieldExpr::Literal(Literal::Str(format!("{:016x}", row.id)))),
        };
        let stages = vec![Stage::Spans(Spans::Filter(Some(id))), Stage::Select(names.clone())];
        let query = Query { body: Body::Spans(Pipeline { stages }), hints: Vec::new() };
        let found = self.case.world.ask(&query)?;
        let values = found.matches.iter().find_map(|one| {
            let at = one.spans.iter().position(|known| *known == span)?;
            one.selected.get(at)
        })?;
        let texts: Vec<String> = names
            .iter()
            .zip(values)
            .map(|(name, value)| format!("{name} = {}", shown(value)))
            .collect();
        Some(texts.join(", "))
    }
}

fn conjuncts<'e>(expr: &'e FieldExpr, found: &mut Vec<&'e FieldExpr>) {
    match expr {
        FieldExpr::Binary { op: BinaryOp::And, left, right } => {
            conjuncts(left, found);
            conjuncts(right, found);
        }
        other => found.push(other),
    }
}

fn bare(answer: &Answer) -> String {
    match answer {
        Answer::Text(text) => text.clone(),
        other => shown(other),
    }
}

fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Nil => "nil".to_owned(),
        Answer::Bool(truth) => truth.to_string(),
        Answer::Int(number) => number.to_string(),
        Answer::Float(number) => number.to_string(),
        Answer::Duration(ns) => length(*ns as f64 / 1e6),
        Answer::Text(text) => quoted(text),
        Answer::List(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
    }
}
