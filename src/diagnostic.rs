//! Diagnostics: what a reader should know about the data, as data.
//!
//! Damaged input never stops the work: it becomes a diagnostic beside what
//! could be read. How diagnostics are printed belongs to [`crate::output`].

use std::borrow::Cow;
use std::collections::BTreeMap;

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is lost.
    Info,
    /// Something is missing, repaired or doubtful.
    Warning,
    /// Something could not be read.
    Error,
}

impl Severity {
    /// The word used in every output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing a reader should know about the data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Stable code in kebab case, such as `orphan-span`.
    pub code: Cow<'static, str>,
    /// What, in one sentence; may hold text from data.
    pub message: String,
    /// Where: `traces.json in call.zip, line 14, column 220`.
    pub place: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The span it is about, 16 hex digits.
    pub span_id: Option<String>,
}

impl Diagnostic {
    /// A diagnostic without place, hint and span.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code: Cow::Borrowed(code),
            message: message.into(),
            place: None,
            hint: None,
            span_id: None,
        }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says which span it is about.
    #[must_use]
    pub fn span(mut self, id: u64) -> Self {
        self.span_id = Some(format!("{id:016x}"));
        self
    }
}

/// How many diagnostics of one code are kept one by one for each part.
const KEPT_PER_CODE: usize = 20;

/// A bounded collection: of each code the first ones are kept whole, the rest
/// are counted, so that a million bad lines are one sentence, not a million.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    seen: BTreeMap<Cow<'static, str>, (Severity, usize)>,
}

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let entry = self.seen.entry(diagnostic.code.clone()).or_insert((diagnostic.severity, 0));
        entry.1 += 1;
        if entry.1 <= KEPT_PER_CODE {
            self.list.push(diagnostic);
        }
    }

    /// Counts one more of a code without building its text, once enough of
    /// them are kept; false when the caller should build and push it.
    pub fn count_only(&mut self, code: &'static str) -> bool {
        match self.seen.get_mut(code) {
            Some(entry) if entry.1 >= KEPT_PER_CODE => {
                entry.1 += 1;
                true
            }
            _ => false,
        }
    }

    /// Counts more of a code without keeping them.
    pub fn add_count(&mut self, code: &'static str, severity: Severity, more: usize) {
        if more > 0 {
            self.seen.entry(Cow::Borrowed(code)).or_insert((severity, 0)).1 += more;
        }
    }

    /// Adds those of another collection.
    pub fn append(&mut self, other: Diagnostics) {
        let kept: BTreeMap<_, usize> = other.list.iter().fold(BTreeMap::new(), |mut map, d| {
            *map.entry(d.code.clone()).or_insert(0) += 1;
            map
        });
        for diagnostic in other.list {
            // What is only worth knowing is said once of a place, however many
            // pieces noticed it.
            if diagnostic.severity == Severity::Info && self.list.contains(&diagnostic) {
                continue;
            }
            self.push(diagnostic);
        }
        for (code, (severity, count)) in other.seen {
            let rest = count - kept.get(&code).copied().unwrap_or(0).min(count);
            if rest > 0 {
                self.seen.entry(code).or_insert((severity, 0)).1 += rest;
            }
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// How many there were of a code, kept or not.
    #[must_use]
    pub fn count(&self, code: &str) -> usize {
        self.seen.get(code).map_or(0, |e| e.1)
    }

    /// The kept ones, then one line for each code of which more were counted.
    #[must_use]
    pub fn into_list(self) -> Vec<Diagnostic> {
        let mut list = self.list;
        for (code, (severity, count)) in self.seen {
            let kept = list.iter().filter(|d| d.code == code).count();
            if count > kept {
                list.push(Diagnostic {
                    severity,
                    message: format!("{} more of this kind", count - kept),
                    code,
                    place: None,
                    hint: None,
                    span_id: None,
                });
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, Diagnostics, Severity};

    #[test]
    fn many_become_one_sentence() {
        let mut all = Diagnostics::default();
        for line in 0..1000 {
            all.push(Diagnostic::new(Severity::Error, "bad-line", format!("line {line}")));
        }
        let mut more = Diagnostics::default();
        more.append(all);
        assert_eq!(more.count("bad-line"), 1000);
        let list = more.into_list();
        assert_eq!(list.len(), 21);
        assert_eq!(list.last().map(|d| d.message.as_str()), Some("980 more of this kind"));
    }
}
