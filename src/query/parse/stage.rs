//! Pipelines: selections, scalar filters, grouping.
//!
//! A parenthesis at the start of a query may hold spans, a pipeline, an
//! aggregate, a number or a metrics query. What it was is known only at its
//! end, so a parsed [`Term`] remembers what it may be used as.

use super::cursor::{Parsed, Parser};
use super::scalar::Scalar;
use super::suggest::nearest;
use super::token::Token;
use crate::query::QueryError;
use crate::query::syntax::{Metrics, Pipeline, SetOp, Spans, Stage};

/// An operand of spanset operators.
pub(super) struct Operand {
    pub spans: Spans,
    /// Whether it may stand where the grammar wants a spanset.
    plain: bool,
    /// Whether it may be joined with pipelines in parentheses.
    wrapped: bool,
    /// How many operators stand inside one another.
    depth: usize,
}

/// How many operators may stand between spansets.
const MAX_JOINS: usize = 200;

/// How deep they nest when printed: a chain of one operator does not.
const MAX_NESTED_JOINS: usize = 40;

/// Something between operators.
pub(super) enum Term {
    Spans(Operand),
    Scalar(Scalar),
    Metrics(Metrics),
}

/// A whole query, or what stands between parentheses.
pub(super) enum Sequence {
    Pipeline(Pipeline),
    /// Joined pipelines in parentheses: nothing may follow.
    Wrapped(Spans),
    Scalar(Scalar),
    Metrics(Metrics),
}

const STAGES: [&str; 8] = ["count", "avg", "min", "max", "sum", "by", "coalesce", "select"];

impl Parser<'_> {
    /// Stages up to the end of the query or the closing parenthesis.
    pub(super) fn sequence(&mut self, inside: bool) -> Parsed<Sequence> {
        let mut stages = Vec::new();
        match self.word() {
            Some("by") => stages.push(self.by()?),
            Some("select") => stages.push(self.select()?),
            Some("coalesce") => {
                let error = self.error(self.position(), "`coalesce()` cannot be the first stage");
                return Err(error.suggest(Some("write { } | coalesce()".to_owned())));
            }
            _ => match self.first_term(inside)? {
                Sequence::Pipeline(pipeline) => stages = pipeline.stages,
                other => return Ok(other),
            },
        }
        while self.eat("|") {
            if self.is_metrics_function() {
                let metrics = self.series(Pipeline { stages })?;
                return Ok(Sequence::Metrics(metrics));
            }
            match self.later_stage(inside)? {
                Ok(stage) => stages.push(stage),
                Err(scalar) => return Ok(Sequence::Scalar(scalar)),
            }
        }
        Ok(Sequence::Pipeline(Pipeline { stages }))
    }

    fn first_term(&mut self, inside: bool) -> Parsed<Sequence> {
        let at = self.position();
        match self.term(0)? {
            Term::Spans(operand) if operand.plain => {
                let stages = vec![Stage::Spans(operand.spans)];
                Ok(Sequence::Pipeline(Pipeline { stages }))
            }
            Term::Spans(operand) => {
                if self.is_sign("|") {
                    let message = "a pipeline in parentheses cannot be continued";
                    return Err(self.error(self.position(), message));
                }
                Ok(Sequence::Wrapped(operand.spans))
            }
            Term::Metrics(metrics) => self.staged(metrics).map(Sequence::Metrics),
            Term::Scalar(scalar) if inside && self.is_sign(")") => Ok(Sequence::Scalar(scalar)),
            Term::Scalar(scalar) => {
                let stage = self.scalar_filter(scalar, at)?;
                Ok(Sequence::Pipeline(Pipeline { stages: vec![stage] }))
            }
        }
    }

    /// A stage after `|`; an aggregate without comparison at the end of a
    /// parenthesis is none.
    fn later_stage(&mut self, inside: bool) -> Parsed<Result<Stage, Scalar>> {
        let at = self.position();
        match self.word() {
            Some("by") => return self.by().map(Ok),
            Some("select") => return self.select().map(Ok),
            Some("coalesce") => {
                self.bump();
                self.no_arguments("coalesce")?;
                return Ok(Ok(Stage::Coalesce));
            }
            _ => {}
        }
        match self.term(0)? {
            Term::Spans(operand) if operand.plain => Ok(Ok(Stage::Spans(operand.spans))),
            Term::Spans(_) => {
                Err(self.error(at, "a pipeline in parentheses cannot be a later stage"))
            }
            Term::Metrics(_) => Err(self.error(at, "a metrics query cannot be a later stage")),
            Term::Scalar(_) if inside && self.is_sign(")") => Ok(Err(Scalar::Unsupported)),
            Term::Scalar(scalar) => self.scalar_filter(scalar, at).map(Ok),
        }
    }

    /// Terms joined by operators that bind at least as tightly as `least`.
    /// What an operator means depends on what stands left of it.
    pub(super) fn term(&mut self, least: u8) -> Parsed<Term> {
        let mut left = self.operand_term()?;
        while let Token::Sign(sign) = *self.peek() {
            left = match left {
                Term::Spans(operand) => {
                    let Some(op) = SetOp::from_symbol(sign).filter(|op| op.precedence() >= least)
                    else {
                        return Ok(Term::Spans(operand));
                    };
                    let at = self.position();
                    self.bump();
                    let right_at = self.position();
                    match self.term(op.precedence() + 1)? {
                        Term::Spans(right) => Term::Spans(self.join(op, operand, right, at)?),
                        _ => return Err(self.error(right_at, "expected a spanset: { … }")),
                    }
                }
                numbers => match self.arithmetic(numbers, sign, least)? {
                    Ok(joined) => joined,
                    Err(unchanged) => return Ok(unchanged),
                },
            };
        }
        Ok(left)
    }

    fn join(&self, op: SetOp, left: Operand, right: Operand, at: usize) -> Parsed<Operand> {
        let (plain, wrapped) = (left.plain && right.plain, left.wrapped && right.wrapped);
        if !plain && !wrapped {
            let message = "a pipeline in parentheses joins only with pipelines in parentheses";
            let hint = "put the other side in parentheses: ({ … } | …) && ({ … })";
            return Err(self.error(at, message).suggest(Some(hint.to_owned())));
        }
        let depth = left.depth.max(right.depth) + 1;
        let nesting = nesting(&left.spans, Some(op)).max(nesting(&right.spans, None));
        if nesting > MAX_NESTED_JOINS {
            let message = format!("operators nest more than {MAX_NESTED_JOINS} deep");
            return Err(self.error(at, message));
        }
        if depth > MAX_JOINS {
            return Err(self.error(at, format!("more than {MAX_JOINS} operators between spansets")));
        }
        let spans = Spans::Join { op, left: Box::new(left.spans), right: Box::new(right.spans) };
        Ok(Operand { spans, plain, wrapped, depth })
    }

    /// What stands between operators.
    pub(super) fn operand_term(&mut self) -> Parsed<Term> {
        match self.peek() {
            Token::Sign("{") => {
                self.bump();
                let spans = Spans::Filter(self.filter_body()?);
                Ok(Term::Spans(Operand { spans, plain: true, wrapped: false, depth: 0 }))
            }
            Token::Sign("(") => {
                self.bump();
                let inner = self.nested(|p| p.sequence(true))?;
                self.expect(")", ", `|` or an operator")?;
                Ok(in_parentheses(inner))
            }
            Token::Literal(_) | Token::Sign("-") => self.constant_term(),
            Token::Word(word) if super::scalar::is_aggregate(word) => {
                self.aggregate().map(Term::Scalar)
            }
            Token::Word(_) | Token::Attr(_) => Err(self.no_stage()),
            _ => Err(self.unexpected("`{`")),
        }
    }

    fn no_stage(&self) -> QueryError {
        let error = self.unexpected("a stage");
        let hint = match self.peek() {
            Token::Word(word) if self.is_metrics_function() => {
                Some(format!("metrics need spans before them: {{ }} | {word}(…)"))
            }
            Token::Word(word) if matches!(word.as_str(), "topk" | "bottomk") => {
                Some(format!("`{word}` follows a metrics function: {{ }} | rate() | {word}(5)"))
            }
            Token::Word(word) => {
                let names = STAGES.into_iter().chain(super::metrics::functions());
                nearest(word, names).map(|name| format!("did you mean `{name}`?"))
            }
            _ => None,
        };
        error.suggest(hint.or_else(|| Some("conditions stand in braces: { … }".to_owned())))
    }

    fn by(&mut self) -> Parsed<Stage> {
        self.bump();
        self.expect("(", "")?;
        let typed = self.nested(Self::field)?;
        if !typed.named {
            return Err(self.error(typed.at, "`by` needs an attribute or intrinsic"));
        }
        if self.is_sign(",") {
            let hint = "use one `by` after the other: | by(a) | by(b)".to_owned();
            return Err(self.unexpected("`)`").suggest(Some(hint)));
        }
        self.expect(")", " or an operator")?;
        Ok(Stage::By(typed.expr))
    }

    fn select(&mut self) -> Parsed<Stage> {
        self.bump();
        self.expect("(", "")?;
        self.attrs().map(Stage::Select)
    }

    /// `()` after a function's name.
    pub(super) fn no_arguments(&mut self, name: &str) -> Parsed<()> {
        self.expect("(", &format!(" after `{name}`"))?;
        self.expect(")", &format!(": `{name}` takes nothing"))
    }
}

fn in_parentheses(inner: Sequence) -> Term {
    let operand = |spans, plain| {
        let depth = depth(&spans);
        Term::Spans(Operand { spans, plain, wrapped: true, depth })
    };
    match inner {
        Sequence::Scalar(scalar) => Term::Scalar(scalar),
        Sequence::Metrics(metrics) => Term::Metrics(metrics),
        Sequence::Wrapped(spans) => operand(spans, false),
        Sequence::Pipeline(pipeline) => match <[Stage; 1]>::try_from(pipeline.stages) {
            Ok([Stage::Spans(spans)]) => operand(spans, true),
            Ok(stages) => {
                operand(Spans::Pipeline(Box::new(Pipeline { stages: stages.into() })), false)
            }
            Err(stages) => operand(Spans::Pipeline(Box::new(Pipeline { stages })), false),
        },
    }
}

fn depth(spans: &Spans) -> usize {
    match spans {
        Spans::Join { left, right, .. } => 1 + depth(left).max(depth(right)),
        _ => 0,
    }
}

/// Parentheses around the innermost operand of an operand, as printed.
fn nesting(spans: &Spans, chain: Option<SetOp>) -> usize {
    match spans {
        Spans::Join { op, left, right } => {
            usize::from(chain != Some(*op)) + nesting(left, Some(*op)).max(nesting(right, None))
        }
        _ => 0,
    }
}
