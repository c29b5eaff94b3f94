//! The state of the whole screen. Changed by [`super::update`] only.

use super::call::Call;
use super::facts::Facts;
use super::layout::{Areas, is_too_small};
use super::scroll::{Cursor, settle_text};
use super::theme::Theme;
use crate::output::Report;
use crate::session::Session;
use ratatui::layout::Rect;
use std::borrow::Cow;

/// How the user left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By the quit key.
    Quit,
    /// By Ctrl-C.
    Interrupted,
}

/// What lies over the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Overlay {
    #[default]
    None,
    /// The help, from this line on.
    Help(usize),
    /// A text that is being typed.
    Prompt(Prompt, String),
}

/// What a text is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    /// To be searched for.
    Search,
    /// A query that chooses what is shown.
    Filter,
}

/// The state of the terminal timeline.
#[derive(Debug)]
pub struct App<'a> {
    pub(super) report: &'a Report<'a>,
    pub(super) theme: Theme,
    pub(super) size: (u16, u16),
    /// Sessions to pick from; the last may stand for records of no session.
    pub(super) sessions: Vec<Cow<'a, Session>>,
    /// Whether the last of them is not a session.
    pub(super) has_loose: bool,
    pub(super) list: Cursor,
    pub(super) call: Option<Call>,
    pub(super) overlay: Overlay,
    pub(super) message: Option<String>,
    pub(super) exit: Option<Exit>,
}

impl<'a> App<'a> {
    /// A screen of `size` columns and rows. A single session is opened at once.
    #[must_use]
    pub fn new(report: &'a Report<'a>, theme: Theme, size: (u16, u16)) -> Self {
        let mut sessions: Vec<Cow<'a, Session>> =
            report.shown.iter().map(|session| Cow::Borrowed(&**session)).collect();
        let loose = loose(report);
        let has_loose = loose.is_some();
        let single = sessions.len() == 1 || (sessions.is_empty() && has_loose);
        sessions.extend(loose.map(Cow::Owned));
        let mut app = Self {
            report,
            theme,
            size,
            sessions,
            has_loose,
            list: Cursor::default(),
            call: None,
            overlay: Overlay::None,
            message: None,
            exit: None,
        };
        if single {
            app.open_call(0);
        }
        app.settle();
        app
    }

    /// How the user left, once they did.
    #[must_use]
    pub fn exit(&self) -> Option<Exit> {
        self.exit
    }

    pub(super) fn session(&self, at: usize) -> Option<&Session> {
        self.sessions.get(at).map(|session| &**session)
    }

    /// Whether an entry of the list stands for the records of no session.
    pub(super) fn is_loose(&self, at: usize) -> bool {
        self.has_loose && at + 1 == self.sessions.len()
    }

    pub(super) fn is_typing(&self) -> bool {
        matches!(self.overlay, Overlay::Prompt(..))
    }

    pub(super) fn open_call(&mut self, at: usize) {
        if let Some(session) = self.session(at) {
            self.call = Some(Call::open(self.report.store, session, at));
        }
    }

    pub(super) fn area(&self) -> Rect {
        Rect::new(0, 0, self.size.0, self.size.1)
    }

    /// Brings scrolling and the detail text in line with selection and size.
    pub(super) fn settle(&mut self) {
        let area = self.area();
        if is_too_small(area) {
            return;
        }
        let theme = self.theme;
        if let Overlay::Help(top) = self.overlay {
            let (len, height) = super::pane::help::size(area);
            self.overlay = Overlay::Help(settle_text(top, len, height));
        }
        let Some(call) = &mut self.call else {
            let height = super::pane::sessions::height(area);
            self.list.settle(self.sessions.len(), height);
            return;
        };
        let Some(session) = self.sessions.get(call.session) else { return };
        let areas = Areas::of(area, call.lower, call.rows.list().len());
        call.cursor.settle(call.rows.list().len(), usize::from(areas.rows.height));
        let facts = Facts { report: self.report, session };
        call.write_page(facts, theme, areas.lower.width);
        let height = usize::from(areas.lower.height);
        call.page.top = settle_text(call.page.top, call.page.lines.len(), height);
        let logs = call.logs(session, call.selected()).len();
        call.log.settle(logs, height);
    }
}

/// Records of no session, as something that can be opened like one. Left out
/// where the user asked for certain sessions.
fn loose(report: &Report<'_>) -> Option<Session> {
    let unassigned = &report.all.unassigned;
    let narrowed = report.shown.len() != report.all.list.len();
    if narrowed || (unassigned.spans.is_empty() && unassigned.logs.is_empty()) {
        return None;
    }
    Some(Session {
        spans: unassigned.spans.clone(),
        logs: unassigned.logs.clone(),
        points: unassigned.points.clone(),
        ..Session::default()
    })
}
