//! How asking a rule of one unit ends.

use super::case::Item;

/// How it ended.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// It holds; how much was looked at.
    Passed(String),
    /// It does not.
    Failed(Finding),
    /// What it asks for should be in the data and is not.
    Missing(String, Option<Item>),
    /// There is nothing that it speaks of.
    Nothing(String),
    /// There is data, but too little.
    Insufficient(String),
}

impl Outcome {
    /// A failure that nobody is told of, but counted.
    pub(crate) fn untold(is_warning: bool) -> Self {
        Self::Failed(Finding { is_warning, ..Finding::default() })
    }
}

/// What is wrong, and where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Finding {
    /// What was found instead, on one line.
    pub found: String,
    /// What comes closest.
    pub nearest: Option<String>,
    /// The things it is about, worst first.
    pub items: Vec<Item>,
    /// Further lines.
    pub details: Vec<String>,
    /// Within the tolerance: only a warning.
    pub is_warning: bool,
}

impl Finding {
    pub(crate) fn new(found: impl Into<String>, items: Vec<Item>) -> Self {
        Self { found: found.into(), items, ..Self::default() }
    }

    #[must_use]
    pub(crate) fn nearest(mut self, nearest: Option<String>) -> Self {
        self.nearest = nearest;
        self
    }
}
