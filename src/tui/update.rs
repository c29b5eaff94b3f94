//! What each action does to the state.

use super::action::Action;
use super::app::{App, Exit, Overlay, Prompt};
use super::call::{Focus, Lower};
use super::desk::Desk;
use super::filter::Filter;
use super::layout::Areas;
use super::search::Search;
use crate::query::QueryError;
use crate::session::Session;

/// Longest text that can be typed.
const LONGEST_TEXT: usize = 1_000;

impl App<'_> {
    /// Does what the user wants. An action that means nothing here does nothing.
    pub fn apply(&mut self, action: Action) {
        match action {
            Action::Interrupt => self.exit = Some(Exit::Interrupted),
            Action::Resize(columns, rows) => self.size = (columns, rows),
            _ => {
                self.message = None;
                match self.overlay.clone() {
                    Overlay::Help(top) => self.in_help(action, top),
                    Overlay::Prompt(prompt, text) => self.in_prompt(action, prompt, text),
                    Overlay::None if self.call.is_some() => self.in_call(action),
                    Overlay::None => self.in_list(action),
                }
            }
        }
        self.settle();
    }

    fn in_help(&mut self, action: Action, top: usize) {
        let page = usize::from(self.size.1.saturating_sub(4));
        self.overlay = match action {
            Action::Help | Action::Back | Action::Quit | Action::Toggle => Overlay::None,
            Action::Up => Overlay::Help(top.saturating_sub(1)),
            Action::Down => Overlay::Help(top.saturating_add(1)),
            Action::PageUp => Overlay::Help(top.saturating_sub(page)),
            Action::PageDown => Overlay::Help(top.saturating_add(page)),
            Action::First => Overlay::Help(0),
            Action::Last => Overlay::Help(usize::MAX),
            _ => Overlay::Help(top),
        };
    }

    fn in_prompt(&mut self, action: Action, prompt: Prompt, mut text: String) {
        match action {
            Action::Type(c) if text.chars().count() < LONGEST_TEXT => text.push(c),
            // Nothing left to erase: the prompt itself goes.
            Action::Erase if text.pop().is_none() => return self.overlay = Overlay::None,
            Action::EraseAll => text.clear(),
            Action::Back | Action::Quit => return self.overlay = Overlay::None,
            Action::Submit => {
                self.overlay = Overlay::None;
                return match prompt {
                    Prompt::Search => self.search(&text),
                    Prompt::Filter => self.filter(text),
                };
            }
            _ => {}
        }
        self.overlay = Overlay::Prompt(prompt, text);
    }

    fn in_list(&mut self, action: Action) {
        let len = self.sessions.len();
        let page = super::pane::sessions::height(self.area()).max(1) as isize;
        match action {
            Action::Up => self.list.step(-1, len),
            Action::Down => self.list.step(1, len),
            Action::PageUp => self.list.step(-page, len),
            Action::PageDown => self.list.step(page, len),
            Action::First => self.list.at = 0,
            Action::Last => self.list.at = len.saturating_sub(1),
            Action::Toggle | Action::Unfold => self.open_call(self.list.at),
            Action::NextError => self.next_faulty(true),
            Action::PreviousError => self.next_faulty(false),
            Action::Filter => self.say("Enter opens a session; f then filters its spans"),
            Action::Help => self.overlay = Overlay::Help(0),
            Action::Quit => self.exit = Some(Exit::Quit),
            Action::Back => self.say("q quits"),
            _ => {}
        }
    }

    /// To the next session in which something failed.
    fn next_faulty(&mut self, forward: bool) {
        let faulty = |session: &Session| {
            let counts = session.counts();
            counts.errors + counts.tool_errors > 0
        };
        let len = self.sessions.len();
        let step = |by: usize| if forward { by } else { len - by };
        let around = (1..=len).map(|by| (self.list.at + step(by)) % len);
        match around.into_iter().find(|at| self.session(*at).is_some_and(faulty)) {
            Some(at) => self.list.at = at,
            None => self.say("no session has errors"),
        }
    }

    fn say(&mut self, message: impl Into<String>) {
        self.message = Some(message.into());
    }

    fn in_call(&mut self, action: Action) {
        match action {
            Action::Help => return self.overlay = Overlay::Help(0),
            Action::Quit => return self.exit = Some(Exit::Quit),
            Action::Search => return self.prompt(Prompt::Search),
            Action::Filter => return self.prompt(Prompt::Filter),
            Action::Back => return self.back(),
            _ => {}
        }
        let area = self.area();
        let Some(call) = &mut self.call else { return };
        let Some(session) = self.sessions.get(call.session) else { return };
        let mut at = Desk { store: self.report.store, session, call };
        let said = match action {
            Action::NextError | Action::PreviousError => {
                at.jump("error", action == Action::NextError, |call| &call.jumps.errors)
            }
            Action::NextInterruption | Action::PreviousInterruption => {
                let forward = action == Action::NextInterruption;
                at.jump("interruption", forward, |call| &call.jumps.interruptions)
            }
            Action::NextTool | Action::PreviousTool => {
                at.jump("tool call", action == Action::NextTool, |call| &call.jumps.tools)
            }
            Action::NextHit | Action::PreviousHit => at.hit(action == Action::NextHit),
            Action::NextSlow => at.slow(true),
            Action::PreviousSlow => at.slow(false),
            _ => {
                at.step(action, Areas::of(area, at.call.lower, at.call.rows.list().len()));
                None
            }
        };
        self.message = said;
    }

    fn back(&mut self) {
        let several = self.sessions.len() > 1;
        let Some(call) = &mut self.call else { return };
        if call.lower == Lower::Log {
            call.lower = Lower::Logs;
        } else if call.focus == Focus::Lower {
            call.focus = Focus::Rows;
        } else if !call.search.needle.is_empty() {
            call.search = Search::default();
        } else if call.filter.is_some() {
            self.unfilter();
        } else if several {
            self.list.at = call.session;
            self.call = None;
        } else {
            self.say("q quits");
        }
    }

    fn prompt(&mut self, prompt: Prompt) {
        self.overlay = Overlay::Prompt(prompt, String::new());
    }

    /// Shows only what a query finds. A wrong one can be typed on.
    fn filter(&mut self, text: String) {
        if text.trim().is_empty() {
            return self.unfilter();
        }
        let Some(call) = &mut self.call else { return };
        let Some(session) = self.sessions.get(call.session) else { return };
        match Filter::new(self.report, session, &text) {
            Ok(filter) => {
                let note = filter.note.clone();
                let none = (filter.count() == 0).then(|| "no span of this call matches".to_owned());
                Desk { store: self.report.store, session, call }.set_filter(Some(filter));
                self.message = none.or(note);
            }
            Err(error) => {
                self.message = Some(self.wrong(&error));
                self.overlay = Overlay::Prompt(Prompt::Filter, text);
            }
        }
    }

    /// A wrong query in one line; what to write instead comes first where not all
    /// of it can be seen.
    fn wrong(&self, error: &QueryError) -> String {
        let whole = error.to_string();
        match &error.suggestion {
            Some(suggestion) if whole.chars().count() > usize::from(self.size.0) => {
                format!("column {}: {suggestion} ({})", error.column, error.message)
            }
            _ => whole,
        }
    }

    fn unfilter(&mut self) {
        let Some(call) = &mut self.call else { return };
        let Some(session) = self.sessions.get(call.session) else { return };
        if call.filter.is_some() {
            Desk { store: self.report.store, session, call }.set_filter(None);
        }
    }

    fn search(&mut self, text: &str) {
        let Some(call) = &mut self.call else { return };
        let Some(session) = self.sessions.get(call.session) else { return };
        call.search = Search::new(session, text);
        if let Some(filter) = &call.filter {
            call.search.hits.retain(|row| filter.keeps(session, *row));
        }
        if call.search.needle.is_empty() {
            return;
        }
        let on_hit = call.search.hits.contains(&call.selected());
        let mut at = Desk { store: self.report.store, session, call };
        self.message = if on_hit { at.hit_number() } else { at.hit(true) };
    }
}
