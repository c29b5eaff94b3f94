//! The store of telemetry: spans, log records, metric points, framework items.
//!
//! Belongs here: how records are kept (dense rows, interned text, dense ids),
//! deduplication and merging of batches. Does not belong here: any wire format
//! (see [`crate::wire`]) and any framework's vocabulary (see [`crate::dialect`]).

mod batch;
mod item;
mod log;
mod metric;
mod span;
mod store;
mod text;
mod time;
mod value;

pub use batch::{Batch, PartRow, ResourceRow, ScopeRow};
pub use item::{DocumentRow, ItemRow};
pub use log::LogRow;
pub use metric::{
    Exemplar, ExponentialBuckets, MetricKind, MetricRow, PointRow, PointValue, Quantile,
    Temporality,
};
pub use span::{EventRow, LinkRow, SpanExtra, SpanKind, SpanRow, SpanStatus};
pub use store::{Appended, SpanView, Store};
pub use text::{StrId, Strings};
pub use time::Nanos;
pub use value::{AttrRow, Attrs, List, Value, ValueRow, Values};

/// Position of a row in its table; meaningful only for the [`Store`] or
/// [`Batch`] it came from.
macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);
        impl $name {
            /// The row's position as an index.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
        impl From<usize> for $name {
            fn from(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }
        }
    )*};
}

row_id! {
    /// A span's row.
    SpanIx;
    /// A log record's row.
    LogIx;
    /// A metric stream's row.
    MetricIx;
    /// A metric point's row.
    PointIx;
    /// A trace id's row.
    TraceIx;
    /// An instrumentation scope's row.
    ScopeIx;
    /// A resource's row.
    ResourceIx;
    /// The part of a source a record came from.
    PartIx;
    /// A framework document's row (chat history, session report, …).
    DocIx;
    /// A framework item's row.
    ItemIx;
}
