//! What is wrong with an expression, where, and what was probably meant.

/// An expression that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExprError {
    /// What is wrong, in one sentence.
    pub message: String,
    /// The byte at which it is.
    pub at: usize,
    /// What to write instead, where that can be guessed.
    pub suggestion: Option<String>,
}

impl ExprError {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), at, suggestion: None }
    }

    #[must_use]
    pub(crate) fn suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }
}

/// `did you mean …?`, where a known word is near enough.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    crate::query::nearest(word, known).map(|near| format!("did you mean `{near}`?"))
}
