//! The keys. One table drives what a key does and what the help says.

use super::action::Action;
use super::app::App;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key that does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Code(KeyCode),
    Ctrl(char),
}

/// Some keys, what they do, and how the help calls it.
#[derive(Debug)]
pub(super) struct Binding {
    pub(super) keys: &'static [Key],
    pub(super) action: Action,
    pub(super) help: &'static str,
}

/// A group of keys in the help.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) title: &'static str,
    /// Which column of the help it stands in, where there are two.
    pub(super) is_left: bool,
    pub(super) bindings: &'static [Binding],
}

const fn on(keys: &'static [Key], action: Action, help: &'static str) -> Binding {
    Binding { keys, action, help }
}

const fn char(c: char) -> Key {
    Key::Code(KeyCode::Char(c))
}

/// Every key outside the typing of a text.
pub(super) const TABLE: &[Group] = &[
    Group {
        title: "Move",
        is_left: true,
        bindings: &[
            on(&[Key::Code(KeyCode::Up), char('k')], Action::Up, "row up"),
            on(&[Key::Code(KeyCode::Down), char('j')], Action::Down, "row down"),
            on(&[Key::Code(KeyCode::PageUp), Key::Ctrl('b')], Action::PageUp, "page up"),
            on(&[Key::Code(KeyCode::PageDown), Key::Ctrl('f')], Action::PageDown, "page down"),
            on(&[char('g'), Key::Code(KeyCode::Home)], Action::First, "first row"),
            on(&[char('G'), Key::Code(KeyCode::End)], Action::Last, "last row"),
            on(&[Key::Code(KeyCode::Tab)], Action::NextPane, "other pane"),
        ],
    },
    Group {
        title: "Find what matters",
        is_left: false,
        bindings: &[
            on(&[char('e')], Action::NextError, "next error or failed tool"),
            on(&[char('E')], Action::PreviousError, "error before"),
            on(&[char('s')], Action::NextSlow, "slowest reply, next one"),
            on(&[char('S')], Action::PreviousSlow, "slower reply"),
            on(&[char('i')], Action::NextInterruption, "next interruption"),
            on(&[char('I')], Action::PreviousInterruption, "interruption before"),
            on(&[char('t')], Action::NextTool, "next tool call"),
            on(&[char('T')], Action::PreviousTool, "tool call before"),
            on(&[char('/')], Action::Search, "search speech and tools"),
            on(&[char('n')], Action::NextHit, "next hit"),
            on(&[char('N')], Action::PreviousHit, "hit before"),
            on(&[char('f')], Action::Filter, "only what TraceQL finds"),
        ],
    },
    Group {
        title: "Unfold",
        is_left: true,
        bindings: &[
            on(&[Key::Code(KeyCode::Enter), char(' ')], Action::Toggle, "spans of a turn; open"),
            on(&[Key::Code(KeyCode::Right)], Action::Unfold, "unfold a step"),
            on(&[Key::Code(KeyCode::Left)], Action::Fold, "fold, or a level up"),
            on(&[char('z')], Action::FoldAll, "fold all, unfold all"),
        ],
    },
    Group {
        title: "Time axis",
        is_left: true,
        bindings: &[
            on(&[char('+')], Action::ZoomIn, "zoom in"),
            on(&[char('-')], Action::ZoomOut, "zoom out"),
            on(&[char('=')], Action::ZoomSelection, "only the selected row"),
            on(&[char('0')], Action::ZoomAll, "the whole call"),
            on(&[char('h')], Action::PanLeft, "earlier"),
            on(&[char('l')], Action::PanRight, "later"),
        ],
    },
    Group {
        title: "Panes",
        is_left: false,
        bindings: &[
            on(&[char('d')], Action::Detail, "details on, off"),
            on(&[char('L')], Action::Logs, "log records on, off"),
            on(&[char('?'), Key::Code(KeyCode::F(1))], Action::Help, "this help"),
            on(&[Key::Code(KeyCode::Esc)], Action::Back, "a step back"),
            on(&[char('q')], Action::Quit, "quit"),
            on(&[Key::Ctrl('c')], Action::Interrupt, "quit at once"),
        ],
    },
];

/// What a terminal event asks for, if anything.
#[must_use]
pub fn action_for(app: &App<'_>, event: &Event) -> Option<Action> {
    match event {
        Event::Resize(columns, rows) => Some(Action::Resize(*columns, *rows)),
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            if app.is_typing() {
                typed(*key)
            } else {
                pressed(*key)
            }
        }
        _ => None,
    }
}

fn pressed(key: KeyEvent) -> Option<Action> {
    let pressed = simple(key)?;
    let all = TABLE.iter().flat_map(|group| group.bindings);
    all.into_iter().find(|binding| binding.keys.contains(&pressed)).map(|binding| binding.action)
}

/// While a text is typed, characters are text.
fn typed(key: KeyEvent) -> Option<Action> {
    match simple(key)? {
        Key::Ctrl('c') => Some(Action::Interrupt),
        Key::Ctrl('u') => Some(Action::EraseAll),
        Key::Ctrl('h') | Key::Code(KeyCode::Backspace) => Some(Action::Erase),
        Key::Code(KeyCode::Enter) => Some(Action::Submit),
        Key::Code(KeyCode::Esc) => Some(Action::Back),
        Key::Code(KeyCode::Char(c)) => Some(Action::Type(c)),
        _ => None,
    }
}

/// A key without the modifiers that it says itself (`E` is shift and `e`).
fn simple(key: KeyEvent) -> Option<Key> {
    let held = key.modifiers.difference(KeyModifiers::SHIFT);
    match key.code {
        KeyCode::Char(c) if held == KeyModifiers::CONTROL => {
            Some(Key::Ctrl(c.to_ascii_lowercase()))
        }
        code if held.is_empty() => Some(Key::Code(code)),
        _ => None,
    }
}

impl Key {
    /// How the help writes the key.
    pub(super) fn label(self, ascii: bool) -> String {
        match self {
            Self::Ctrl(c) => format!("Ctrl-{c}"),
            Self::Code(KeyCode::Char(' ')) => "Space".into(),
            Self::Code(KeyCode::Char(c)) => c.to_string(),
            Self::Code(KeyCode::Up) if !ascii => "↑".into(),
            Self::Code(KeyCode::Down) if !ascii => "↓".into(),
            Self::Code(KeyCode::Left) if !ascii => "←".into(),
            Self::Code(KeyCode::Right) if !ascii => "→".into(),
            Self::Code(KeyCode::PageUp) => "PgUp".into(),
            Self::Code(KeyCode::PageDown) => "PgDn".into(),
            Self::Code(code) => code.to_string(),
        }
    }
}

/// Labels of all keys of an action.
pub(super) fn labels(binding: &Binding, ascii: bool) -> String {
    let labels: Vec<String> = binding.keys.iter().map(|key| key.label(ascii)).collect();
    labels.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{TABLE, pressed, typed};
    use crate::tui::Action;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    #[test]
    fn no_key_does_two_things() {
        let mut seen = Vec::new();
        for binding in TABLE.iter().flat_map(|group| group.bindings) {
            for key in binding.keys {
                assert!(!seen.contains(key), "{key:?} twice");
                seen.push(*key);
            }
        }
    }

    #[test]
    fn shift_is_part_of_the_letter() {
        let key = |code, held| KeyEvent::new(code, held);
        let upper = KeyCode::Char('E');
        assert_eq!(pressed(key(upper, KeyModifiers::SHIFT)), Some(Action::PreviousError));
        assert_eq!(pressed(key(upper, KeyModifiers::NONE)), Some(Action::PreviousError));
        assert_eq!(pressed(key(KeyCode::Char('e'), KeyModifiers::ALT)), None);
        let ctrl_c = key(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(pressed(ctrl_c), Some(Action::Interrupt));
        assert_eq!(typed(ctrl_c), Some(Action::Interrupt));
        assert_eq!(typed(key(KeyCode::Char('q'), KeyModifiers::NONE)), Some(Action::Type('q')));
    }
}
