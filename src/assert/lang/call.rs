//! Words: functions, fields, and kinds that stand for whether there are any.

use super::ast::{Expr, Quantifier, Reduce, Source};
use super::error::{ExprError, did_you_mean};
use super::parse::{Parsed, Parser, is_bool, is_number};
use super::token::{Token, next};
use super::words::{Field, Kind, Ty, Unit, Via, field, fields, measure, measures};

/// Every function, for suggestions.
const FUNCTIONS: &[&str] = &[
    "count",
    "exists",
    "absent",
    "min",
    "max",
    "avg",
    "sum",
    "first",
    "last",
    "p50",
    "p90",
    "p95",
    "p99",
    "p",
    "ratio",
    "any",
    "all",
    "none",
    "abs",
    "has",
    "gap",
    "silence_within",
    "json",
];

impl Parser<'_> {
    pub(super) fn word(&mut self, word: &str, at: usize) -> Parsed<Expr> {
        match word {
            "true" | "false" => {
                self.bump();
                return Ok(Expr::Bool(word == "true"));
            }
            _ => {}
        }
        let behind = next(self.text, next(self.text, self.at).2).1;
        if let Some(own) = self.own
            && !matches!(behind, Token::Sign("(" | "." | "[" | "->"))
            && let Some((field, ty)) = field(own, word)
        {
            self.bump();
            return Ok(Expr::Own(field, ty));
        }
        if Kind::from_word(word).is_some() {
            return self.things_as_value();
        }
        if behind == Token::Sign("(") {
            return self.call(word, at);
        }
        let known: Vec<&str> = match self.own {
            Some(own) => fields(own).chain(Kind::all().map(Kind::as_str)).collect(),
            None => Kind::all().map(Kind::as_str).chain(FUNCTIONS.iter().copied()).collect(),
        };
        let message = match self.own {
            Some(own) => format!("{} has no `{word}`", own.as_str()),
            None => format!("`{word}` is no word of rules"),
        };
        Err(ExprError::new(at, message).suggest(did_you_mean(word, known)))
    }

    /// Things, and what follows them: a field, `->` other things, or nothing,
    /// which asks whether there are any.
    pub(super) fn things_as_value(&mut self) -> Parsed<Expr> {
        let source = self.source()?;
        if self.eat("->") {
            let then = self.source()?;
            let in_session = self.eat_word("in") && {
                let session = self.eat_word("session");
                if !session && !self.eat_word("turn") && !self.eat_word("exchange") {
                    return Err(self.unexpected("`turn` or `session`"));
                }
                session
            };
            return Ok(Expr::Follows { first: source, then, in_session });
        }
        if !matches!(self.peek(), Token::Sign(".")) {
            return Ok(Expr::Exists(source));
        }
        self.bump();
        let at = self.position();
        let Token::Word(name) = self.peek() else { return Err(self.unexpected("a field")) };
        self.bump();
        self.field_of(source, &name, at)
    }

    fn field_of(&mut self, mut source: Source, name: &str, at: usize) -> Parsed<Expr> {
        let kind = source.kind();
        let found = match measure(kind, name) {
            // What took the time is known of the turn, with or without spans.
            // Each call has its own; where it has none, that of its turn stands for it.
            Some(latency) if latency.is_of_calls() => {
                Some((Field::Latency(latency, Via::Best), Ty::Number(Unit::Ms)))
            }
            Some(latency) if source.filters.is_empty() => {
                source.what = super::ast::What::Kind(Kind::Turn);
                Some((Field::Latency(latency, Via::Best), Ty::Number(Unit::Ms)))
            }
            _ => field(kind, name),
        };
        let Some((mut field, ty)) = found else {
            let known = fields(kind).chain(measures(kind).iter().copied());
            let known: Vec<&str> = known.collect();
            let suggestion = did_you_mean(name, known.iter().copied())
                .or_else(|| Some(format!("it has {}", known.join(", "))));
            let message = format!("{} has no `{name}`", kind.as_str());
            return Err(ExprError::new(at, message).suggest(suggestion));
        };
        if let Field::Latency(_, via) = &mut field
            && self.eat(".")
        {
            *via = match self.peek() {
                Token::Word(word) if word == "reported" => Via::Reported,
                Token::Word(word) if word == "derived" => Via::Derived,
                Token::Word(word) if word == "heard" => Via::Heard,
                _ => return Err(self.unexpected("`reported`, `derived` or `heard`")),
            };
            self.bump();
        }
        Ok(Expr::Field(source, field, ty))
    }

    fn call(&mut self, name: &str, at: usize) -> Parsed<Expr> {
        self.bump();
        self.expect("(")?;
        let expr = self.nested(|parser| parser.arguments(name, at))?;
        self.expect(")")?;
        if let Expr::Json(of, mut steps) = expr {
            self.steps(&mut steps)?;
            return Ok(Expr::Json(of, steps));
        }
        Ok(expr)
    }

    fn arguments(&mut self, name: &str, at: usize) -> Parsed<Expr> {
        let reduce = match name {
            "min" => Some(Reduce::Min),
            "max" => Some(Reduce::Max),
            "avg" | "mean" => Some(Reduce::Avg),
            "sum" => Some(Reduce::Sum),
            "first" => Some(Reduce::First),
            "last" => Some(Reduce::Last),
            "median" => Some(Reduce::Percentile(0.5)),
            _ => percentile(name).map(Reduce::Percentile),
        };
        if let Some(reduce) = reduce {
            let of = self.number()?;
            return Ok(Expr::Reduce(reduce, Box::new(of)));
        }
        let quantifier = match name {
            "any" => Some(Quantifier::Any),
            "all" => Some(Quantifier::All),
            "none" => Some(Quantifier::None),
            _ => None,
        };
        if let Some(quantifier) = quantifier {
            return Ok(Expr::Quantified(quantifier, Box::new(self.condition()?)));
        }
        match name {
            "count" => {
                if matches!(self.peek(), Token::Sign(")")) {
                    let error = self.unexpected("what to count");
                    return Err(error.suggest(Some("such as `count(tool)`".to_owned())));
                }
                Ok(Expr::Count(self.source()?))
            }
            "exists" => Ok(Expr::Exists(self.source()?)),
            "absent" => Ok(Expr::Not(Box::new(Expr::Exists(self.source()?)))),
            "p" => {
                let of = self.number()?;
                self.expect(",")?;
                let share = match self.peek() {
                    Token::Number(share, Unit::Plain | Unit::Share) if share <= 1.0 => share,
                    _ => return Err(self.unexpected("a share from 0 to 1")),
                };
                self.bump();
                Ok(Expr::Reduce(Reduce::Percentile(share), Box::new(of)))
            }
            "ratio" => Ok(Expr::Ratio(Box::new(self.condition()?))),
            "abs" => Ok(Expr::Absolute(Box::new(self.number()?))),
            "has" => Ok(Expr::Has(Box::new(self.expr()?))),
            "gap" => {
                let from = self.time()?;
                self.expect(",")?;
                Ok(Expr::Gap(Box::new(from), Box::new(self.time()?)))
            }
            "silence_within" => {
                // `span` stands for the thing that is looked at.
                if self.own.is_some() && self.eat_word("span") {
                    let own = self.own.unwrap_or(Kind::Span);
                    let text = own.as_str().to_owned();
                    let what = super::ast::What::Kind(own);
                    return Ok(Expr::Silence(Source { what, filters: Vec::new(), text }));
                }
                Ok(Expr::Silence(self.source()?))
            }
            "json" => {
                let start = self.position();
                let of = self.expr()?;
                if of.ty() != Ty::Text {
                    let message = format!("json() reads text, and this is {}", of.ty().as_str());
                    return Err(ExprError::new(start, message));
                }
                Ok(Expr::Json(Box::new(of), Vec::new()))
            }
            _ => {
                let suggestion = did_you_mean(name, FUNCTIONS.iter().copied());
                let message = format!("there is no function `{name}`");
                Err(ExprError::new(at, message).suggest(suggestion))
            }
        }
    }

    fn number(&mut self) -> Parsed<Expr> {
        let at = self.position();
        let of = self.expr()?;
        is_number(&of, at)?;
        Ok(of)
    }

    fn condition(&mut self) -> Parsed<Expr> {
        let at = self.position();
        let of = self.expr()?;
        is_bool(&of, at)?;
        Ok(of)
    }

    /// `user.end`: a point in time of things.
    pub(crate) fn time(&mut self) -> Parsed<Expr> {
        let at = self.position();
        let of = self.expr()?;
        match (&of, of.ty()) {
            (Expr::Field(..), Ty::Number(Unit::At)) => Ok(of),
            _ => Err(ExprError::new(at, "expected a time, such as `user.end` or `agent.start`")),
        }
    }

    /// `.date`, `[0]`, `["a b"]` behind `json(…)`.
    fn steps(&mut self, steps: &mut Vec<String>) -> Parsed<()> {
        loop {
            if self.eat(".") {
                let Token::Word(key) = self.peek() else { return Err(self.unexpected("a key")) };
                self.bump();
                steps.push(key);
            } else if self.eat("[") {
                match self.peek() {
                    Token::Text(key) => steps.push(key),
                    Token::Number(at, Unit::Plain) => steps.push(format!("{at}")),
                    _ => return Err(self.unexpected("a key in quotes or a position")),
                }
                self.bump();
                self.expect("]")?;
            } else {
                return Ok(());
            }
        }
    }
}

/// `p95`, `p99_9`.
fn percentile(name: &str) -> Option<f64> {
    let digits = name.strip_prefix('p')?;
    let share: f64 = digits.replace('_', ".").parse().ok()?;
    let plain = digits.chars().all(|c| c.is_ascii_digit() || c == '_');
    (plain && share > 0.0 && share <= 100.0).then_some(share / 100.0)
}
