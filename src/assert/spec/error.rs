//! What is wrong with a spec, where, and what was probably meant.

use std::fmt;

/// A spec that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    /// What is wrong, in one sentence.
    pub message: String,
    /// The file as the user named it, or the flag.
    pub file: String,
    /// Line and column, from 1, where there is a place.
    pub place: Option<(usize, usize)>,
    /// What to write instead, or the line with a mark under the place.
    pub hint: Option<String>,
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for SpecError {}
