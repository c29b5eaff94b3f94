//! Pace: records go out when their time comes, as if the call happened now.

use crate::model::{Batch, LogIx, Nanos, PointIx, SpanIx};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How fast a log is replayed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Speed {
    /// As fast as it goes.
    #[default]
    Max,
    /// So many times as fast as it happened; 1 is real time.
    Times(f64),
}

impl std::str::FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let times = match text.trim() {
            "max" => return Ok(Self::Max),
            "realtime" => 1.0,
            other => other.strip_suffix(['x', 'X']).unwrap_or(other).parse().unwrap_or(f64::NAN),
        };
        if times.is_finite() && times > 0.0 && times <= 1e6 {
            Ok(Self::Times(times))
        } else {
            Err("max, realtime, or a factor such as 10x".to_owned())
        }
    }
}

/// Records go out together when their times lie this close.
const WINDOW_NS: u64 = 100_000_000;

/// Rows of a batch that go out together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// When.
    pub due: Nanos,
    /// Spans, due when they end.
    pub spans: Vec<SpanIx>,
    /// Log records, due at their time.
    pub logs: Vec<LogIx>,
    /// Metric points, due at their time.
    pub points: Vec<PointIx>,
}

/// The rows of a batch by when they are due, earliest first.
#[must_use]
pub fn groups(batch: &Batch) -> Vec<Group> {
    let mut by_window: BTreeMap<u64, Group> = BTreeMap::new();
    for (ix, span) in batch.spans.iter().enumerate() {
        window(&mut by_window, span.end).spans.push(SpanIx::from(ix));
    }
    for (ix, log) in batch.logs.iter().enumerate() {
        window(&mut by_window, log.time).logs.push(LogIx::from(ix));
    }
    for (ix, point) in batch.points.iter().enumerate() {
        window(&mut by_window, point.time).points.push(PointIx::from(ix));
    }
    by_window.into_values().collect()
}

fn window(by_window: &mut BTreeMap<u64, Group>, time: Nanos) -> &mut Group {
    let group = by_window.entry(time.0 / WINDOW_NS).or_default();
    group.due = group.due.max(time);
    group
}

/// When records of a log are due on the wall clock.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    times: f64,
    begun: Instant,
    first: Option<Nanos>,
}

impl Pace {
    /// A pace that begins now; `None` for [`Speed::Max`], which has none.
    #[must_use]
    pub fn begin(speed: Speed) -> Option<Self> {
        match speed {
            Speed::Max => None,
            Speed::Times(times) => Some(Self { times, begun: Instant::now(), first: None }),
        }
    }

    /// Looks at a batch before its groups are asked for: the earliest time of
    /// the first one is where the clock begins.
    pub fn sees(&mut self, batch: &Batch) {
        if self.first.is_none() {
            let spans = batch.spans.iter().map(|span| span.start);
            let logs = batch.logs.iter().map(|log| log.time);
            self.first = spans.chain(logs).filter_map(Nanos::known).min();
        }
    }

    /// How long to wait until a time of the log has come.
    #[must_use]
    pub fn wait(&self, due: Nanos) -> Duration {
        let first = self.first.unwrap_or(due);
        let into = Duration::from_nanos(due.0.saturating_sub(first.0)).as_secs_f64() / self.times;
        let into = Duration::try_from_secs_f64(into).unwrap_or(Duration::MAX);
        into.saturating_sub(self.begun.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::{Speed, groups};
    use crate::model::{Batch, LogRow, Nanos, ScopeIx, StrId, Values};

    #[test]
    fn speeds() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("realtime".parse(), Ok(Speed::Times(1.0)));
        assert_eq!("10x".parse(), Ok(Speed::Times(10.0)));
        assert_eq!("0.5x".parse(), Ok(Speed::Times(0.5)));
        for wrong in ["", "0x", "-1x", "fast", "infx", "nan"] {
            assert!(wrong.parse::<Speed>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn rows_go_out_by_time() {
        let mut batch = Batch::new();
        for ms in [900u64, 100, 130, 905] {
            batch.logs.push(LogRow {
                time: Nanos(ms * 1_000_000),
                observed: Nanos::NONE,
                span: 0,
                trace: None,
                severity_text: StrId::EMPTY,
                severity: 0,
                body: Values::empty(),
                attrs: Default::default(),
                scope: ScopeIx(0),
                event_name: StrId::EMPTY,
                flags: 0,
                dropped_attributes: 0,
                part: crate::model::PartIx(0),
            });
        }
        let found: Vec<Vec<u32>> =
            groups(&batch).iter().map(|g| g.logs.iter().map(|ix| ix.0).collect()).collect();
        assert_eq!(found, [vec![1, 2], vec![0, 3]]);
    }
}
