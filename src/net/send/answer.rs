//! What an attempt to deliver came to.

use crate::wire::Receipt;
use std::time::Duration;

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Taken, wholly or but for some records.
    Accepted(Receipt),
    /// Not taken, but may be taken later: not before `after`, if the receiver
    /// said so.
    Later {
        /// What happened.
        why: String,
        /// How long the receiver asks to wait.
        after: Option<Duration>,
    },
    /// Refused for good.
    Refused {
        /// What the receiver says.
        why: String,
    },
}

impl Answer {
    pub(super) fn later(why: impl Into<String>) -> Self {
        Self::Later { why: why.into(), after: None }
    }

    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self::Refused { why: why.into() }
    }
}

/// What a transport error means. Nothing was answered, so the request may be
/// sent again (OTLP: "the client SHOULD retry"), unless it can never work.
pub(super) fn of_error(error: &reqwest::Error) -> Answer {
    let why = causes(error);
    if error.is_builder() || error.is_redirect() || is_tls(error) {
        return Answer::refused(why);
    }
    Answer::later(why)
}

/// The last cause, which says most, without the URL: it may hold secrets.
fn causes(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let text = deepest.to_string();
    if error.is_connect() { format!("cannot connect: {text}") } else { text }
}

/// Whether TLS refused the other side or was refused by it: no wait mends that.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    // An I/O error does not give the error in it as its source.
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    match inner {
        Some(inner) => is_tls(inner),
        None => error.source().is_some_and(is_tls),
    }
}
