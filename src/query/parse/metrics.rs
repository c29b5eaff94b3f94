//! Metrics functions and what follows them.

use super::cursor::{Parsed, Parser};
use super::token::Token;
use crate::query::syntax::{
    BinaryOp, Literal, MathOp, Metrics, MetricsFn, Pipeline, Rank, Reduce, Second, Series,
};

/// Names of all metrics functions.
pub(super) fn functions() -> impl Iterator<Item = &'static str> {
    let others = ["rate", "count_over_time", "quantile_over_time", "compare"];
    others.into_iter().chain(Reduce::ALL.into_iter().map(|(name, _)| name))
}

impl Parser<'_> {
    pub(super) fn is_metrics_function(&self) -> bool {
        self.word().is_some_and(|word| functions().any(|name| name == word))
    }

    /// A metrics function after its pipeline, with labels and second stages.
    pub(super) fn series(&mut self, pipeline: Pipeline) -> Parsed<Metrics> {
        let function = self.function()?;
        let by = self.labels(&function)?;
        let at = self.position();
        let second = self.second_stages()?;
        if matches!(function, MetricsFn::Compare { .. }) && !second.is_empty() {
            return Err(self.error(at, "nothing may follow `compare`"));
        }
        Ok(Metrics::Series(Box::new(Series { pipeline, function, by, second })))
    }

    /// Second stages after a metrics query in parentheses or arithmetic.
    pub(super) fn staged(&mut self, of: Metrics) -> Parsed<Metrics> {
        let at = self.position();
        let second = self.second_stages()?;
        if second.is_empty() {
            return Ok(of);
        }
        if has_compare(&of) {
            return Err(self.error(at, "nothing may follow `compare`"));
        }
        Ok(Metrics::Staged { of: Box::new(of), second })
    }

    fn function(&mut self) -> Parsed<MetricsFn> {
        let name = self.word().unwrap_or_default().to_owned();
        self.bump();
        if matches!(name.as_str(), "rate" | "count_over_time") {
            self.no_arguments(&name)?;
            return Ok(if name == "rate" { MetricsFn::Rate } else { MetricsFn::Count });
        }
        self.expect("(", &format!(" after `{name}`"))?;
        if name == "compare" {
            return self.compare();
        }
        let attr = self.attr()?;
        if let Some((_, reduce)) = Reduce::ALL.into_iter().find(|(n, _)| *n == name) {
            self.expect(")", "")?;
            return Ok(MetricsFn::Reduce(reduce, attr));
        }
        let mut quantiles = Vec::new();
        while quantiles.is_empty() || self.is_sign(",") {
            self.expect(",", " and a quantile between 0 and 1")?;
            quantiles.push(self.quantile()?);
        }
        self.expect(")", " or `,`")?;
        Ok(MetricsFn::Quantile(attr, quantiles))
    }

    fn quantile(&mut self) -> Parsed<Literal> {
        let literal = match self.peek() {
            Token::Literal(l @ (Literal::Int(0 | 1) | Literal::Float(0.0..=1.0))) => l.clone(),
            _ => return Err(self.unexpected("a quantile between 0 and 1")),
        };
        self.bump();
        Ok(literal)
    }

    fn compare(&mut self) -> Parsed<MetricsFn> {
        self.expect("{", "")?;
        let selection = self.filter_body()?;
        let mut top = None;
        let mut window = None;
        if self.eat(",") {
            top = Some(self.integer()?);
        }
        if top.is_some() && self.eat(",") {
            let start = self.integer()?;
            self.expect(",", " and the end of the window")?;
            window = Some((start, self.integer()?));
        }
        self.expect(")", "")?;
        Ok(MetricsFn::Compare { selection, top, window })
    }

    fn integer(&mut self) -> Parsed<i64> {
        let Token::Literal(Literal::Int(number)) = *self.peek() else {
            return Err(self.unexpected("a whole number"));
        };
        self.bump();
        Ok(number)
    }

    fn labels(&mut self, function: &MetricsFn) -> Parsed<Vec<crate::query::syntax::Attr>> {
        if self.word() != Some("by") {
            return Ok(Vec::new());
        }
        let at = self.position();
        let most = match function {
            MetricsFn::Compare { .. } => {
                return Err(self.error(at, "`compare` takes no `by`"));
            }
            MetricsFn::Quantile(..) | MetricsFn::Reduce(Reduce::Histogram, _) => 4,
            _ => 5,
        };
        self.bump();
        self.expect("(", "")?;
        let by = self.attrs()?;
        if by.len() > most {
            return Err(self.error(at, format!("at most {most} attributes here")));
        }
        Ok(by)
    }

    fn second_stages(&mut self) -> Parsed<Vec<Second>> {
        let mut stages = Vec::new();
        loop {
            if let Some(op) = self.comparison() {
                self.bump();
                stages.push(Second::Filter(op, self.constant()?));
            } else if self.is_sign("|") {
                self.bump();
                stages.push(self.ranked()?);
            } else {
                return Ok(stages);
            }
        }
    }

    fn ranked(&mut self) -> Parsed<Second> {
        let rank = match self.word() {
            Some("topk") => Rank::Top,
            Some("bottomk") => Rank::Bottom,
            _ => return Err(self.unexpected("`topk` or `bottomk`")),
        };
        self.bump();
        self.expect("(", "")?;
        let at = self.position();
        let number = self.integer()?;
        if number == 0 {
            return Err(self.error(at, "at least one series must be kept"));
        }
        self.expect(")", "")?;
        Ok(Second::Ranked(rank, number))
    }

    /// Arithmetic between metrics queries and numbers.
    pub(super) fn math(
        &self,
        op: BinaryOp,
        left: Metrics,
        right: Metrics,
        at: usize,
    ) -> Parsed<Metrics> {
        let math_op = match op {
            BinaryOp::Add => MathOp::Add,
            BinaryOp::Sub => MathOp::Sub,
            BinaryOp::Mul => MathOp::Mul,
            BinaryOp::Div => MathOp::Div,
            _ => {
                let message = format!("metrics know `+ - * /`, not `{}`", op.symbol());
                return Err(self.error(at, message));
            }
        };
        for side in [&left, &right] {
            if has_compare(side) {
                return Err(self.error(at, "`compare` cannot be computed with"));
            }
            if matches!(side, Metrics::Const(Literal::Duration(_))) {
                return Err(self.error(at, "durations cannot be computed with here"));
            }
        }
        if depth(&left).max(depth(&right)) > 40 {
            return Err(self.error(at, "too many operators in one expression"));
        }
        Ok(Metrics::Math { op: math_op, left: Box::new(left), right: Box::new(right) })
    }
}

fn has_compare(metrics: &Metrics) -> bool {
    match metrics {
        Metrics::Series(series) => matches!(series.function, MetricsFn::Compare { .. }),
        Metrics::Const(_) => false,
        Metrics::Math { left, right, .. } => has_compare(left) || has_compare(right),
        Metrics::Staged { of, .. } => has_compare(of),
    }
}

fn depth(metrics: &Metrics) -> usize {
    match metrics {
        Metrics::Series(_) | Metrics::Const(_) => 0,
        Metrics::Math { left, right, .. } => 1 + depth(left).max(depth(right)),
        Metrics::Staged { of, .. } => 1 + depth(of),
    }
}
