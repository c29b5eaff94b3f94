//! The head of a session: who, when, how it ended, what happened in it.

use super::paper::{BAD, BOLD, DIM, PLAIN, Paper, Piece, WARN, data, own, whole};
use super::tree::Page;
use crate::output::summary::{ending, happened, models, plural, records, tokens};
use crate::output::time::{date, length};
use crate::session::{AudioFile, Session};
use std::io;

/// Column at which wrapped lines of the head go on.
const INDENT: usize = 4;

pub(super) fn session(
    paper: &mut Paper<'_>,
    page: &Page<'_>,
    number: Option<usize>,
) -> io::Result<()> {
    let session = page.session;
    let mut title = Vec::new();
    if let Some(number) = number {
        title.push(own(DIM, format!("{number}/{} ", page.report.shown.len())));
    }
    title.push(own(PLAIN, "session "));
    title.push(data(BOLD, &session.id));
    title.push(own(PLAIN, format!(" · {}", session.framework.as_str())));
    for dialect in &session.dialects {
        title.push(own(DIM, ", "));
        title.push(data(PLAIN, dialect));
    }
    list(&mut title, " · ", &session.agents);
    paper.hanging(0, INDENT, &title)?;
    line(paper, when(session))?;
    if let Some(chosen) = page.chosen {
        line(paper, vec![whole(PLAIN, chosen.account(session))])?;
    }
    if page.report.is_narrowed() || page.content.only.is_some() {
        return Ok(());
    }
    let counts = session.counts();
    let mut did = Vec::new();
    for (words, fault) in happened(&counts) {
        separate(&mut did);
        did.push(whole(if fault { BAD } else { PLAIN }, words));
    }
    line(paper, did)?;
    let mut held = Vec::new();
    for words in records(&counts).into_iter().chain(tokens(&session.usage)) {
        separate(&mut held);
        held.push(whole(PLAIN, words));
    }
    line(paper, held)?;
    let models = models(session);
    if !models.is_empty() {
        let mut words = vec![own(DIM, if models.len() == 1 { "model " } else { "models " })];
        list(&mut words, "", &models);
        line(paper, words)?;
    }
    for audio in &session.audio {
        recording(paper, session, audio)?;
    }
    ids(paper, page)
}

/// A line two columns in; what does not fit goes on four columns in.
fn line(paper: &mut Paper<'_>, pieces: Vec<Piece<'_>>) -> io::Result<()> {
    paper.hanging(2, INDENT, &pieces)
}

fn separate(pieces: &mut Vec<Piece<'_>>) {
    if !pieces.is_empty() {
        pieces.push(own(DIM, " · "));
    }
}

fn list<'a, T: AsRef<str>>(pieces: &mut Vec<Piece<'a>>, before: &'static str, names: &'a [T]) {
    for (at, name) in names.iter().enumerate() {
        pieces.push(own(DIM, if at == 0 { before } else { ", " }));
        pieces.push(data(PLAIN, name.as_ref()));
    }
}

fn when(session: &Session) -> Vec<Piece<'static>> {
    let start = session.start.and_then(date);
    let mut pieces = vec![match start {
        Some(start) => whole(PLAIN, start),
        None => own(DIM, "start not known"),
    }];
    if let Some(ms) = session.duration_ms() {
        pieces.push(own(DIM, " · "));
        pieces.push(whole(PLAIN, length(ms)));
    }
    pieces.push(own(DIM, " · "));
    let (words, complete) = ending(session);
    // The reason is the SDK's word: data.
    let words = crate::output::escape::line(&words).into_owned();
    pieces.push(own(if complete { PLAIN } else { WARN }, words));
    pieces
}

fn recording(paper: &mut Paper<'_>, session: &Session, audio: &AudioFile) -> io::Result<()> {
    let mut pieces = vec![own(DIM, "recording "), data(PLAIN, &audio.name)];
    let facts = [
        audio.codec.clone(),
        audio.sample_rate.map(|rate| format!("{rate} Hz")),
        audio.channels.map(|n| plural(n as usize, "channel")),
        audio.duration_ms.map(length),
        session.ms(audio.start).map(|ms| format!("starts at {}", length(ms))),
    ];
    for fact in facts.into_iter().flatten() {
        pieces.push(own(DIM, " · "));
        pieces.push(whole(PLAIN, crate::output::escape::line(&fact).into_owned()));
    }
    line(paper, pieces)
}

/// Every id, where asked for more.
fn ids(paper: &mut Paper<'_>, page: &Page<'_>) -> io::Result<()> {
    if !page.content.verbose {
        return Ok(());
    }
    let ids = page.session.ids.iter().map(|(key, id)| (key.as_str(), id));
    let traces = page.session.trace_ids.iter().map(|id| ("trace_id", id));
    for (key, id) in ids.chain(traces) {
        line(paper, vec![data(DIM, key), own(PLAIN, " "), data(PLAIN, id)])?;
    }
    Ok(())
}
