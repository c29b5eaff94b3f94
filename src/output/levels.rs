//! Severity of log records, and the choice of some of them.

use crate::model::{LogRow, Store};
use std::fmt;
use std::str::FromStr;

/// Severity of a log record, the six ranges of OpenTelemetry's log data model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Severity numbers 1–4.
    Trace,
    /// 5–8.
    Debug,
    /// 9–12.
    Info,
    /// 13–16.
    Warn,
    /// 17–20.
    Error,
    /// 21–24.
    Fatal,
}

impl Level {
    const ALL: [Self; 6] =
        [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// The word used in every output and in arguments.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// The level of a record: by its number, else by its text; `None` where it
    /// says neither.
    #[must_use]
    pub fn of(store: &Store, log: &LogRow) -> Option<Self> {
        Self::of_words(log.severity, store.str(log.severity_text))
    }

    /// The same from a severity's number and text.
    #[must_use]
    pub fn of_words(severity: u8, text: &str) -> Option<Self> {
        match severity {
            1..=4 => Some(Self::Trace),
            5..=8 => Some(Self::Debug),
            9..=12 => Some(Self::Info),
            13..=16 => Some(Self::Warn),
            17..=20 => Some(Self::Error),
            21..=24 => Some(Self::Fatal),
            _ => Self::from_word(text),
        }
    }

    /// The level of a word, also as Python and syslog spell it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase();
        let alias = match word.as_str() {
            "warning" => "warn",
            "critical" | "emergency" | "alert" => "fatal",
            "notice" | "information" => "info",
            "err" => "error",
            "verbose" => "debug",
            other => other,
        };
        Self::ALL.into_iter().find(|level| level.as_str() == alias)
    }
}

/// A choice of log records by severity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Levels {
    /// All.
    #[default]
    All,
    /// This severity and above, and records that do not say theirs.
    AtLeast(Level),
    /// Exactly these.
    Exactly(Vec<Level>),
}

impl Levels {
    /// Whether a record is chosen. One of unknown severity passes a threshold
    /// (nothing says that it is below) and is on no exact list.
    #[must_use]
    pub fn contain(&self, level: Option<Level>) -> bool {
        match self {
            Self::All => true,
            Self::AtLeast(least) => level.is_none_or(|level| level >= *least),
            Self::Exactly(list) => level.is_some_and(|level| list.contains(&level)),
        }
    }
}

/// A word that is no level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLevel {
    word: String,
    nearest: Option<Level>,
}

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = super::escape::line(&self.word);
        write!(f, "unknown level `{word}`")?;
        if let Some(level) = self.nearest {
            write!(f, ", did you mean `{}`?", level.as_str())?;
        }
        f.write_str(" (trace, debug, info, warn, error, fatal; one is a threshold, ")?;
        f.write_str("several with commas an exact list)")
    }
}

impl std::error::Error for UnknownLevel {}

impl FromStr for Levels {
    type Err = UnknownLevel;

    /// `info` is a threshold, `debug,error` an exact list, `debug,` a list of one.
    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        let level = |word: &str| {
            Level::from_word(word)
                .ok_or_else(|| UnknownLevel { word: word.trim().into(), nearest: nearest(word) })
        };
        if !text.contains(',') {
            return level(text).map(Self::AtLeast);
        }
        let words = text.split(',').filter(|word| !word.trim().is_empty());
        let list: Vec<Level> = words.map(level).collect::<Result<_, _>>()?;
        if list.is_empty() { level(text).map(Self::AtLeast) } else { Ok(Self::Exactly(list)) }
    }
}

/// The level whose word is at most two letters away.
fn nearest(word: &str) -> Option<Level> {
    let word = word.trim().to_ascii_lowercase();
    let near = Level::ALL.map(|level| (distance(&word, level.as_str()), level));
    near.into_iter().min().filter(|(far, _)| *far <= 2).map(|(_, level)| level)
}

/// Letters to change, add or remove to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    // A level has five letters; a long word is far from all of them.
    for (i, x) in a.bytes().take(16).enumerate() {
        let mut before = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        let mut left = i + 1;
        for (y, cell) in b.bytes().zip(row.iter_mut().skip(1)) {
            let best = (before + usize::from(x != y)).min(left + 1).min(*cell + 1);
            before = std::mem::replace(cell, best);
            left = best;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Level, Levels};

    #[test]
    fn one_is_a_threshold_several_are_a_list() {
        let info: Levels = "INFO".parse().unwrap();
        assert!(info.contain(Some(Level::Warn)) && info.contain(None));
        assert!(!info.contain(Some(Level::Debug)));
        let list: Levels = "debug, error".parse().unwrap();
        assert!(list.contain(Some(Level::Debug)) && !list.contain(Some(Level::Warn)));
        assert!(!list.contain(None));
        assert_eq!("debug,".parse(), Ok(Levels::Exactly(vec![Level::Debug])));
        assert_eq!("warning".parse(), Ok(Levels::AtLeast(Level::Warn)));
    }

    #[test]
    fn a_typo_gets_a_suggestion() {
        let said = |text: &str| text.parse::<Levels>().unwrap_err().to_string();
        assert!(said("inof").contains("did you mean `info`?"));
        assert!(said("debug,eror").contains("`eror`, did you mean `error`?"));
        assert!(!said("loud\u{1b}").contains("did you mean"));
        assert!(said("loud\u{1b}").contains("`loud\\u{1b}`"));
        assert!(said("").starts_with("unknown level ``") && said(",").starts_with("unknown"));
    }
}
