//! From names to columns: a query bound to one index.

use super::column::{Column, Detail, Level, level};
use super::index::{Index, is_trace_id};
use super::value::Cell;
use crate::query::QueryError;
use crate::query::pattern;
use crate::query::syntax::{
    Aggregate, Attr, BinaryOp, FieldExpr, Literal, Measure, Pipeline, SetOp, Spans, Stage, UnaryOp,
};
use regex::bytes::Regex;
use std::rc::Rc;

/// A field expression with its columns.
#[derive(Debug)]
pub(crate) enum Node {
    Const(Cell),
    Column(Rc<Column>),
    /// A name that is read from events or links.
    Detail(Level, Rc<Detail>),
    Unary(UnaryOp, Box<Node>),
    Binary(BinaryOp, Box<Node>, Box<Node>),
    /// `=~` and, negated, `!~`.
    Pattern {
        of: Box<Node>,
        regex: Regex,
        text: String,
        negated: bool,
    },
    /// `= nil` where nil is wanted, else `!= nil`.
    IsNil {
        of: Box<Node>,
        wanted: bool,
    },
}

impl Node {
    /// Whether the node, or one inside it, is read from `level`.
    pub(crate) fn reads(&self, wanted: Level) -> bool {
        match self {
            Self::Const(_) | Self::Column(_) => false,
            Self::Detail(level, _) => *level == wanted,
            Self::Unary(_, of) | Self::Pattern { of, .. } | Self::IsNil { of, .. } => {
                of.reads(wanted)
            }
            Self::Binary(_, left, right) => left.reads(wanted) || right.reads(wanted),
        }
    }

    /// Whether the value is a bool for every span.
    pub(crate) fn is_bool(&self) -> bool {
        match self {
            Self::Const(cell) => matches!(cell, Cell::Bool(_)),
            Self::Binary(op, ..) => !op.is_arithmetic(),
            Self::Pattern { .. } | Self::IsNil { .. } => true,
            Self::Unary(op, of) => *op == UnaryOp::Not && of.is_bool(),
            Self::Column(_) | Self::Detail(..) => false,
        }
    }
}

/// [`Spans`] with columns.
#[derive(Debug)]
pub(crate) enum SpansPlan {
    All,
    Filter(Node),
    Pipeline(Vec<StagePlan>),
    Join(SetOp, Box<SpansPlan>, Box<SpansPlan>),
}

/// An aggregate with columns.
#[derive(Debug)]
pub(crate) enum AggregatePlan {
    Count,
    Over(Measure, Node),
}

/// [`Stage`] with columns.
#[derive(Debug)]
pub(crate) enum StagePlan {
    Spans(SpansPlan),
    Scalar { aggregate: AggregatePlan, op: BinaryOp, value: Cell },
    By { label: String, node: Node },
    Coalesce,
    Select(Vec<(String, Node)>),
}

impl Index<'_> {
    pub(crate) fn plan(&mut self, pipeline: &Pipeline) -> Result<Vec<StagePlan>, QueryError> {
        pipeline.stages.iter().map(|stage| self.plan_stage(stage)).collect()
    }

    fn plan_stage(&mut self, stage: &Stage) -> Result<StagePlan, QueryError> {
        Ok(match stage {
            Stage::Spans(spans) => StagePlan::Spans(self.plan_spans(spans)?),
            Stage::Scalar(scalar) => StagePlan::Scalar {
                aggregate: match &scalar.aggregate {
                    Aggregate::Count => AggregatePlan::Count,
                    Aggregate::Over(measure, expr) => {
                        AggregatePlan::Over(*measure, self.plan_expr(expr)?)
                    }
                },
                op: scalar.op,
                value: self.plan_literal(&scalar.value),
            },
            Stage::By(expr) => {
                StagePlan::By { label: expr.to_string(), node: self.plan_expr(expr)? }
            }
            Stage::Coalesce => StagePlan::Coalesce,
            Stage::Select(attrs) => {
                let named = |attr: &Attr| (attr.to_string(), self.plan_attr(attr));
                StagePlan::Select(attrs.iter().map(named).collect())
            }
        })
    }

    fn plan_spans(&mut self, spans: &Spans) -> Result<SpansPlan, QueryError> {
        Ok(match spans {
            Spans::Filter(None) => SpansPlan::All,
            Spans::Filter(Some(expr)) => SpansPlan::Filter(self.plan_expr(expr)?),
            Spans::Pipeline(pipeline) => SpansPlan::Pipeline(self.plan(pipeline)?),
            Spans::Join { op, left, right } => SpansPlan::Join(
                *op,
                Box::new(self.plan_spans(left)?),
                Box::new(self.plan_spans(right)?),
            ),
        })
    }

    fn plan_attr(&mut self, attr: &Attr) -> Node {
        match level(attr) {
            Level::Span => Node::Column(self.column(attr)),
            level => Node::Detail(level, self.detail(attr)),
        }
    }

    fn plan_literal(&mut self, literal: &Literal) -> Cell {
        match literal {
            Literal::Nil => Cell::Nil,
            Literal::Bool(truth) => Cell::Bool(*truth),
            Literal::Int(number) => Cell::Int(*number),
            Literal::Float(number) => Cell::Float(*number),
            Literal::Duration(ns) => Cell::Duration(*ns),
            Literal::Str(text) => self.tables.text_cell(text),
            Literal::Status(status) => Cell::Status(*status),
            Literal::Kind(kind) => Cell::Kind(*kind),
            Literal::Op(op) => Cell::Op(*op),
        }
    }

    fn plan_expr(&mut self, expr: &FieldExpr) -> Result<Node, QueryError> {
        Ok(match expr {
            FieldExpr::Literal(literal) => Node::Const(self.plan_literal(literal)),
            FieldExpr::Attr(attr) => self.plan_attr(attr),
            FieldExpr::Unary { op, operand } => {
                Node::Unary(*op, Box::new(self.plan_expr(operand)?))
            }
            FieldExpr::Binary { op, left, right } => self.plan_binary(*op, left, right)?,
        })
    }

    fn plan_binary(
        &mut self,
        op: BinaryOp,
        left: &FieldExpr,
        right: &FieldExpr,
    ) -> Result<Node, QueryError> {
        let is_nil = |expr: &FieldExpr| matches!(expr, FieldExpr::Literal(Literal::Nil));
        if let (BinaryOp::Matches | BinaryOp::Unlike, FieldExpr::Literal(Literal::Str(text))) =
            (op, right)
        {
            return Ok(Node::Pattern {
                of: Box::new(self.plan_expr(left)?),
                regex: pattern::compile(text).map_err(QueryError::of_run)?,
                text: text.clone(),
                negated: op == BinaryOp::Unlike,
            });
        }
        let wanted = op == BinaryOp::Eq;
        match (is_nil(left), is_nil(right)) {
            (true, true) => return Ok(Node::Const(Cell::Bool(false))),
            (false, true) => {
                return Ok(Node::IsNil { of: Box::new(self.plan_expr(left)?), wanted });
            }
            (true, false) => {
                return Ok(Node::IsNil { of: Box::new(self.plan_expr(right)?), wanted });
            }
            (false, false) => {}
        }
        let left = self.plan_side(left, right)?;
        let right = self.plan_side(right, left.1)?;
        Ok(Node::Binary(op, Box::new(left.0), Box::new(right.0)))
    }

    /// One side of an operator. A trace id's leading zeros may be left out in
    /// the query, so the literal beside one is filled up.
    fn plan_side<'e>(
        &mut self,
        side: &'e FieldExpr,
        other: &FieldExpr,
    ) -> Result<(Node, &'e FieldExpr), QueryError> {
        if let (FieldExpr::Literal(Literal::Str(text)), FieldExpr::Attr(attr)) = (side, other)
            && is_trace_id(attr)
        {
            let full = format!("{:0>32}", text.trim_start_matches('0'));
            return Ok((Node::Const(self.tables.text_cell(&full)), side));
        }
        Ok((self.plan_expr(side)?, side))
    }
}
