//! Tree patterns: a line a node, below by indentation.
//!
//! ```text
//! session
//!   agent
//!   user
//!   agent
//!     llm+
//!     tool(name="price")?
//!     …
//! ```

use super::ast::{Source, What};
use super::error::ExprError;
use super::parse::{Parsed, Parser};
use super::token::Token;
use super::words::{Kind, Unit};

/// How often a node may be wanted.
const MOST: f64 = 1_000.0;

/// What a node of a pattern fits.
#[derive(Clone, Debug)]
pub(crate) enum Label {
    /// `_`: any one node.
    Any,
    /// `…`: any nodes, at any depth, also none.
    Gap,
    /// One of these.
    OneOf(Vec<Source>),
}

/// A node of a pattern.
#[derive(Clone, Debug)]
pub(crate) struct PatternNode {
    pub label: Label,
    /// How often, at least and at most.
    pub times: (usize, Option<usize>),
    pub below: Vec<PatternNode>,
    /// As it is written, and on which line of the pattern, from 0.
    pub text: String,
    pub line: usize,
}

/// Reads a pattern: one node, with the others below it.
pub(crate) fn pattern(text: &str) -> Parsed<PatternNode> {
    let mut open: Vec<(usize, PatternNode)> = Vec::new();
    let mut offset = 0;
    let mut root: Option<PatternNode> = None;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let start = offset;
        offset += line.len();
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        if line.trim_start_matches(' ').starts_with('\t') {
            return Err(ExprError::new(start, "a tab in the indentation: use blanks"));
        }
        let mut node = node(content).map_err(|mut error| {
            error.at += start + indent;
            error
        })?;
        node.line = number;
        if root.is_some() {
            let message = "a pattern has one root: indent this line below it";
            return Err(ExprError::new(start + indent, message));
        }
        close(&mut open, indent, &mut root);
        if root.is_some() {
            let message = "a pattern has one root: indent this line below it";
            return Err(ExprError::new(start + indent, message));
        }
        open.push((indent, node));
        if open.len() > 64 {
            return Err(ExprError::new(start, "the pattern is more than 64 levels deep"));
        }
    }
    close(&mut open, 0, &mut root);
    let mut root = root.ok_or_else(|| ExprError::new(0, "the pattern is empty"))?;
    name_exchanges(&mut root);
    Ok(root)
}

/// A `turn` with `user` and `agent` below it is what people call a turn when
/// they mean both sides of it: an exchange.
fn name_exchanges(node: &mut PatternNode) {
    let is_side = |node: &PatternNode| match &node.label {
        Label::OneOf(all) => {
            all.iter().any(|source| matches!(source.kind(), Kind::User | Kind::Agent))
        }
        Label::Any | Label::Gap => false,
    };
    if node.below.iter().any(is_side)
        && let Label::OneOf(all) = &mut node.label
    {
        for source in all {
            if let What::Kind(kind @ Kind::Turn) = &mut source.what {
                *kind = Kind::Exchange;
            }
        }
    }
    node.below.iter_mut().for_each(name_exchanges);
}

/// Hangs nodes that are indented as far as `indent` or further below the ones
/// above them.
fn close(open: &mut Vec<(usize, PatternNode)>, indent: usize, root: &mut Option<PatternNode>) {
    while open.last().is_some_and(|(depth, _)| *depth >= indent) {
        let Some((_, node)) = open.pop() else { return };
        match open.last_mut() {
            Some((_, parent)) => parent.below.push(node),
            None => *root = Some(node),
        }
    }
}

fn node(content: &str) -> Parsed<PatternNode> {
    let mut parser = Parser::new(content, None);
    let label = match parser.peek() {
        Token::Sign("…" | "...") => {
            parser.bump();
            Label::Gap
        }
        Token::Word(word) if word == "_" => {
            parser.bump();
            Label::Any
        }
        Token::Sign("[") => {
            parser.bump();
            let mut all = vec![parser.source()?];
            while parser.eat("|") || parser.eat(",") {
                all.push(parser.source()?);
            }
            parser.expect("]")?;
            Label::OneOf(all)
        }
        _ => Label::OneOf(vec![parser.source()?]),
    };
    let times = parser.times()?;
    parser.end("`?`, `*`, `+`, `{n,m}` or the end of the line")?;
    Ok(PatternNode { label, times, below: Vec::new(), text: content.to_owned(), line: 0 })
}

impl Parser<'_> {
    fn times(&mut self) -> Parsed<(usize, Option<usize>)> {
        if self.eat("?") {
            return Ok((0, Some(1)));
        }
        if self.eat("*") {
            return Ok((0, None));
        }
        if self.eat("+") {
            return Ok((1, None));
        }
        if !self.eat("{") {
            return Ok((1, Some(1)));
        }
        let at = self.position();
        let least = self.whole()?.unwrap_or(0);
        let most = if self.eat(",") { self.whole()? } else { Some(least) };
        self.expect("}")?;
        if most.is_some_and(|most| most < least) {
            return Err(ExprError::new(at, "the second number is below the first"));
        }
        Ok((least, most))
    }

    fn whole(&mut self) -> Parsed<Option<usize>> {
        match self.peek() {
            Token::Number(number, Unit::Plain) if number.fract() == 0.0 && number <= MOST => {
                self.bump();
                Ok(Some(number as usize))
            }
            Token::Sign("," | "}") => Ok(None),
            _ => Err(self.unexpected(&format!("a whole number up to {MOST}"))),
        }
    }
}
