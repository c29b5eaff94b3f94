//! The language as data: names, types, expressions, stages, and how they are
//! printed. A value of these types is always well-formed and well-typed, since
//! only the parser makes them; printing one gives text that parses to it.

mod attr;
mod expr;
mod literal;
mod metrics;
mod pipeline;
mod print;
mod types;

pub(crate) use attr::ends_name;
pub use attr::{Attr, Intrinsic, Scope};
pub use expr::{BinaryOp, FieldExpr, UnaryOp};
pub use literal::Literal;
pub(crate) use literal::words;
pub use metrics::{MathOp, Metrics, MetricsFn, Rank, Reduce, Second, Series};
pub use pipeline::{Aggregate, Measure, Pipeline, Relation, ScalarFilter, SetOp, Spans, Stage};
pub(crate) use print::Side;
pub use types::Type;
