//! What of a call is in its snapshot.

use std::fmt::Write;
use std::str::FromStr;

/// A fact that lines of a snapshot may show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keep {
    /// What a span does.
    Op,
    /// The name of a span, without ids in it.
    Name,
    /// The span kind, where it is not internal.
    Kind,
    /// What failed, was interrupted or never ended; how a tool call ended.
    Status,
    /// The name of a tool.
    Tool,
    /// To whom a handoff led.
    Handoff,
    /// Agents: of the session, and who spoke.
    Agent,
    /// An attribute of spans, under its own key.
    Attribute(String),
}

impl Keep {
    /// What is kept where nobody says otherwise.
    pub const USUAL: [Self; 7] =
        [Self::Op, Self::Name, Self::Kind, Self::Status, Self::Tool, Self::Handoff, Self::Agent];

    pub(super) fn attribute(&self) -> Option<&String> {
        match self {
            Self::Attribute(key) => Some(key),
            _ => None,
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Op => "op",
            Self::Name => "name",
            Self::Kind => "kind",
            Self::Status => "status",
            Self::Tool => "tool.name",
            Self::Handoff => "handoff.to",
            Self::Agent => "agent",
            Self::Attribute(key) => key,
        }
    }
}

/// An option of a snapshot that makes no sense, and what would.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {hint}")]
pub struct BadOption {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl BadOption {
    fn new(message: String, hint: &str) -> Self {
        Self { message, hint: hint.to_owned() }
    }
}

impl FromStr for Keep {
    type Err = BadOption;

    /// A word of a spec: `op`, `name`, `kind`, `status`, `tool.name`,
    /// `handoff.to`, `agent`, else an attribute's key with a dot in it
    /// (`span.key` and `.key` also name keys without one).
    fn from_str(word: &str) -> Result<Self, BadOption> {
        Ok(match word {
            "op" | "span.op" | "span:op" => Self::Op,
            "name" | "span.name" | "span:name" => Self::Name,
            "kind" | "span:kind" => Self::Kind,
            "status" | "span:status" => Self::Status,
            "tool" | "tool.name" | "tool:name" => Self::Tool,
            "handoff" | "handoff.to" => Self::Handoff,
            "agent" | "turn:agent" => Self::Agent,
            _ => {
                let named = word.strip_prefix("span.").or_else(|| word.strip_prefix('.'));
                match named {
                    Some(key) if !key.is_empty() => Self::Attribute(key.to_owned()),
                    None if word.contains('.') => Self::Attribute(word.to_owned()),
                    _ => {
                        let known = "known are op, name, kind, status, tool.name, handoff.to, \
                                     agent, and attributes as span.KEY";
                        return Err(BadOption::new(format!("no fact is called `{word}`"), known));
                    }
                }
            }
        })
    }
}

/// How text of the conversation and of attributes is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextForm {
    /// As `empty`, `short` or `long`: never the words.
    #[default]
    Class,
    /// As a hash, so that any change is a difference.
    Hash,
    /// Not at all.
    Omit,
}

impl FromStr for TextForm {
    type Err = BadOption;

    fn from_str(word: &str) -> Result<Self, BadOption> {
        match word {
            "class" | "length-class" => Ok(Self::Class),
            "hash" => Ok(Self::Hash),
            "omit" | "none" => Ok(Self::Omit),
            _ => Err(BadOption::new(
                format!("text cannot be shown as `{word}`"),
                "known are length-class, hash and omit",
            )),
        }
    }
}

/// Which spans have lines of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SnapshotDetail {
    /// None: sessions, turns, tool calls and handoffs only.
    Turns,
    /// What the conversation is made of (speech, recognition, models, synthesis),
    /// one line for spans of one op inside each other, and whatever failed. SDK
    /// versions and runs differ little in these.
    #[default]
    Ops,
    /// All.
    Spans,
}

impl FromStr for SnapshotDetail {
    type Err = BadOption;

    fn from_str(word: &str) -> Result<Self, BadOption> {
        match word {
            "turns" => Ok(Self::Turns),
            "ops" => Ok(Self::Ops),
            "spans" => Ok(Self::Spans),
            _ => Err(BadOption::new(
                format!("the detail cannot be `{word}`"),
                "known are turns, ops and spans",
            )),
        }
    }
}

/// What of a call is in its snapshot: the `snapshot:` key of a spec.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotOptions {
    /// Which spans have lines.
    pub detail: SnapshotDetail,
    /// Facts that lines show.
    pub keep: Vec<Keep>,
    /// Where one bucket of lengths ends and the next begins, in milliseconds,
    /// rising; 0 and infinity go without saying. Empty: lengths are left out.
    pub bounds_ms: Vec<f64>,
    /// Whether equal neighbours are one line with `×n`.
    pub repeat_folded: bool,
    /// How text is shown.
    pub text: TextForm,
}

impl Default for SnapshotOptions {
    fn default() -> Self {
        Self {
            detail: SnapshotDetail::default(),
            keep: Keep::USUAL.to_vec(),
            bounds_ms: vec![50.0, 200.0, 1_000.0, 5_000.0],
            repeat_folded: true,
            text: TextForm::Class,
        }
    }
}

impl SnapshotOptions {
    /// Takes bounds as a spec writes them: `0`, `50ms`, `1s`, `2m`, `inf`.
    ///
    /// # Errors
    /// What is no length of time, or does not rise.
    pub fn set_bounds<T: AsRef<str>>(&mut self, bounds: &[T]) -> Result<(), BadOption> {
        let mut parsed: Vec<f64> = Vec::new();
        for bound in bounds {
            let ms = bound_ms(bound.as_ref())?;
            if parsed.last().is_some_and(|last| *last >= ms) {
                let message = format!("the bound {} is not above the one before", bound.as_ref());
                return Err(BadOption::new(message, "write bounds from small to large"));
            }
            parsed.push(ms);
        }
        parsed.retain(|ms| *ms > 0.0 && ms.is_finite());
        self.bounds_ms = parsed;
        Ok(())
    }

    /// Takes what equal neighbours become: `fold` or `keep`.
    ///
    /// # Errors
    /// Any other word.
    pub fn set_repeat(&mut self, word: &str) -> Result<(), BadOption> {
        self.repeat_folded = match word {
            "fold" => true,
            "keep" => false,
            _ => {
                let message = format!("repeated spans cannot be `{word}`");
                return Err(BadOption::new(message, "known are fold and keep"));
            }
        };
        Ok(())
    }

    pub(super) fn keeps(&self, fact: &Keep) -> bool {
        self.keep.contains(fact)
    }

    /// The second line of a snapshot: what it was written with.
    pub(super) fn header(&self) -> String {
        let mut keep = self.keep.clone();
        keep.sort();
        keep.dedup();
        let keep: Vec<String> = keep
            .iter()
            .map(|fact| crate::output::escape::line(fact.as_str()).into_owned())
            .collect();
        let detail = match self.detail {
            SnapshotDetail::Turns => "turns",
            SnapshotDetail::Ops => "ops",
            SnapshotDetail::Spans => "spans",
        };
        let mut line = format!("{detail} · keep {}", keep.join(" "));
        let _ = write!(line, " · lengths");
        for bound in &self.bounds_ms {
            let _ = write!(line, " {}", bound_text(*bound));
        }
        if self.bounds_ms.is_empty() {
            line.push_str(" omit");
        }
        if !self.repeat_folded {
            line.push_str(" · repeats keep");
        }
        match self.text {
            TextForm::Class => {}
            TextForm::Hash => line.push_str(" · text hash"),
            TextForm::Omit => line.push_str(" · text omit"),
        }
        crate::output::escape::clip(&line, super::WIDEST).into_owned()
    }

    /// The bucket that a length falls into: `<50ms`, `50ms-200ms`, `>=5s`.
    pub(super) fn bucket(&self, ms: f64) -> Option<String> {
        let first = self.bounds_ms.first()?;
        if ms < 0.0 {
            return Some("negative".to_owned());
        }
        let above = self.bounds_ms.partition_point(|bound| *bound <= ms);
        let lower = above.checked_sub(1).and_then(|at| self.bounds_ms.get(at));
        Some(match (lower, self.bounds_ms.get(above)) {
            (None, _) => format!("<{}", bound_text(*first)),
            (Some(from), Some(to)) => format!("{}-{}", bound_text(*from), bound_text(*to)),
            (Some(from), None) => format!(">={}", bound_text(*from)),
        })
    }
}

fn bound_ms(text: &str) -> Result<f64, BadOption> {
    const UNITS: [(&str, f64); 6] =
        [("ns", 1e-6), ("us", 1e-3), ("ms", 1.0), ("s", 1e3), ("m", 60e3), ("h", 3_600e3)];
    let text = text.trim();
    let bad = || {
        BadOption::new(
            format!("`{text}` is no length of time"),
            "write a number with ns, us, ms, s, m or h, else 0 or inf",
        )
    };
    match text {
        "0" => return Ok(0.0),
        "inf" | "infinity" | ".inf" => return Ok(f64::INFINITY),
        _ => {}
    }
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits).ok_or_else(bad)?;
    let number: f64 = number.parse().map_err(|_| bad())?;
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit.trim()).ok_or_else(bad)?;
    Ok(number * factor)
}

fn bound_text(ms: f64) -> String {
    const MINUTE: f64 = 60e3;
    const SECOND: f64 = 1e3;
    if ms >= MINUTE && ms % MINUTE == 0.0 {
        format!("{}m", ms / MINUTE)
    } else if ms >= SECOND {
        format!("{}s", ms / SECOND)
    } else {
        format!("{ms}ms")
    }
}

#[cfg(test)]
mod tests {
    use super::{Keep, SnapshotOptions};

    #[test]
    fn buckets() {
        let mut options = SnapshotOptions::default();
        for (ms, bucket) in [
            (-1.0, "negative"),
            (0.0, "<50ms"),
            (49.999, "<50ms"),
            (50.0, "50ms-200ms"),
            (200.0, "200ms-1s"),
            (4_999.0, "1s-5s"),
            (5_000.0, ">=5s"),
            (f64::MAX, ">=5s"),
        ] {
            assert_eq!(options.bucket(ms).as_deref(), Some(bucket), "{ms}");
        }
        options.set_bounds(&["0", "1.5s", "2m", "inf"]).unwrap();
        assert_eq!(options.bounds_ms, [1_500.0, 120_000.0]);
        assert_eq!(options.bucket(1_600.0).as_deref(), Some("1.5s-2m"));
        options.set_bounds::<&str>(&[]).unwrap();
        assert_eq!(options.bucket(1.0), None);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let mut options = SnapshotOptions::default();
        for bounds in [&["50"][..], &["1s", "1s"], &["1s", "0"], &["fast"], &["-1s"], &[""]] {
            assert!(options.set_bounds(bounds).is_err(), "{bounds:?}");
        }
        assert_eq!(options, SnapshotOptions::default(), "nothing was taken");
        assert!("nmae".parse::<Keep>().is_err());
        assert_eq!("tool.name".parse(), Ok(Keep::Tool));
        assert_eq!("span.x".parse(), Ok(Keep::Attribute("x".into())));
        assert_eq!("gen_ai.x".parse(), Ok(Keep::Attribute("gen_ai.x".into())));
    }
}
