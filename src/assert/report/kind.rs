//! Which report, and where it goes.

use super::{ReportContext, github, json, junit, markdown, sarif, tap, text};
use crate::assert::Verdicts;
use crate::atomic::write_whole;
use crate::output::escape::line;
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;

/// A form of report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportKind {
    /// For people.
    #[default]
    Text,
    /// One document, schema `agentobs.assert/1`.
    Json,
    /// JUnit XML: what CI systems read.
    Junit,
    /// TAP version 14.
    Tap,
    /// SARIF 2.1.0: what code scanning reads.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// Markdown for pull requests and assistants.
    Markdown,
}

impl ReportKind {
    /// All forms, in the order in which they are listed.
    pub const ALL: [Self; 7] =
        [Self::Text, Self::Json, Self::Junit, Self::Tap, Self::Sarif, Self::Github, Self::Markdown];

    /// The word used in arguments.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Tap => "tap",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
        }
    }
}

impl fmt::Display for ReportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An argument that names no report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReport {
    /// No form has this name.
    #[error("no report is called `{}`: known are {}", line(.0), known())]
    Kind(String),
    /// Only a form, no file.
    #[error("`{0}` names no file: write {0}=FILE (--format {0} prints it)")]
    NoFile(ReportKind),
}

fn known() -> String {
    ReportKind::ALL.map(ReportKind::as_str).join(", ")
}

impl FromStr for ReportKind {
    type Err = BadReport;

    fn from_str(word: &str) -> Result<Self, BadReport> {
        match word {
            "md" => return Ok(Self::Markdown),
            "human" => return Ok(Self::Text),
            _ => {}
        }
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| BadReport::Kind(word.to_owned()))
    }
}

/// A report that goes into a file: `junit=out.xml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportTarget {
    /// Its form.
    pub kind: ReportKind,
    /// The file.
    pub path: PathBuf,
}

impl FromStr for ReportTarget {
    type Err = BadReport;

    fn from_str(text: &str) -> Result<Self, BadReport> {
        let (word, path) = text.split_once('=').unwrap_or((text, ""));
        let kind: ReportKind = word.parse()?;
        match path {
            "" => Err(BadReport::NoFile(kind)),
            path => Ok(Self { kind, path: PathBuf::from(path) }),
        }
    }
}

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the {kind} report {}: {why}", line(&path.to_string_lossy()))]
pub struct ReportError {
    /// Its form.
    pub kind: ReportKind,
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub why: io::Error,
}

/// Writes a report.
///
/// # Errors
/// When writing fails.
pub fn write_report(
    kind: ReportKind,
    verdicts: &Verdicts,
    context: &ReportContext<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    match kind {
        ReportKind::Text => text::write(verdicts, context, out),
        ReportKind::Json => json::write(verdicts, context, out),
        ReportKind::Junit => junit::write(verdicts, context, out),
        ReportKind::Tap => tap::write(verdicts, context, out),
        ReportKind::Sarif => sarif::write(verdicts, context, out),
        ReportKind::Github => github::write(verdicts, context, out),
        ReportKind::Markdown => markdown::write(verdicts, context, out),
    }
}

/// Writes reports into their files, each whole or not at all, and all that can
/// be written.
///
/// # Errors
/// The first that could not be written.
pub fn write_reports(
    targets: &[ReportTarget],
    verdicts: &Verdicts,
    context: &ReportContext<'_>,
) -> Result<(), ReportError> {
    // Colour is for terminals.
    let context = ReportContext { color: false, ..*context };
    let mut result = Ok(());
    for target in targets {
        let mut bytes = Vec::new();
        let written = write_report(target.kind, verdicts, &context, &mut bytes)
            .and_then(|()| write_whole(&target.path, &bytes));
        if let Err(why) = written {
            let failed = ReportError { kind: target.kind, path: target.path.clone(), why };
            result = result.and(Err(failed));
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{BadReport, ReportKind, ReportTarget};

    #[test]
    fn arguments() {
        for kind in ReportKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            let target: ReportTarget = format!("{kind}=a/b=c.out").parse().unwrap();
            assert_eq!((target.kind, target.path.to_str()), (kind, Some("a/b=c.out")));
            let bad = kind.as_str().parse::<ReportTarget>();
            assert_eq!(bad, Err(BadReport::NoFile(kind)));
        }
        assert_eq!("md".parse(), Ok(ReportKind::Markdown));
        let error = "junti=x".parse::<ReportTarget>().unwrap_err().to_string();
        assert!(error.contains("junti") && error.contains("sarif"), "{error}");
    }
}
