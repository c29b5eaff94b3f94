//! `view`: screens against golden files, and actions in any order on any size.

use crate::sample::Sample;
use crate::support::{agentobs, fixture};
use agentobs::output::Report;
use agentobs::session::build;
use agentobs::tui::{Action, App, Place, Theme, action_for, draw};
use agentobs::{Input, OpenOptions, open};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::Config;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;
use std::fmt::Write;
use std::path::Path;

const UNICODE: Theme = Theme { color: false, ascii: false };
const ASCII: Theme = Theme { color: false, ascii: true };
const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (120, 40);

fn drawn(app: &App<'_>, size: (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| draw(app, frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// The screen as text; lines with a selection begin with `>`.
fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let cells = || (0..buffer.area.width).map(|x| &buffer[(x, y)]);
        let selected = cells().any(|cell| cell.modifier.contains(Modifier::REVERSED));
        let mut line = String::from(if selected { ">" } else { " " });
        let mut skip = 0;
        for cell in cells() {
            // A wide character leaves an empty cell behind it.
            if skip == 0 {
                line.push_str(cell.symbol());
                skip = agentobs::output::escape::width(cell.symbol()).saturating_sub(1);
            } else {
                skip -= 1;
            }
        }
        writeln!(out, "{}", line.trim_end()).unwrap();
    }
    out
}

/// Presses keys one after the other: characters, or names in `<>`.
fn press(app: &mut App<'_>, keys: &str) {
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        let (code, used) = match rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            Some((name, _)) => (named(name), name.len() + 2),
            None => (KeyCode::Char(c), c.len_utf8()),
        };
        rest = &rest[used..];
        let event = Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
        if let Some(action) = action_for(app, &event) {
            app.apply(action);
        }
    }
}

fn named(name: &str) -> KeyCode {
    match name {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "Down" => KeyCode::Down,
        "Up" => KeyCode::Up,
        "PgDn" => KeyCode::PageDown,
        "BS" => KeyCode::Backspace,
        other => panic!("no key {other}"),
    }
}

/// Compares with a file of `tests/it/screens`, or renews it when
/// `AGENTOBS_UPDATE` is set.
fn compare(name: &str, shown: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/screens").join(name);
    if std::env::var_os("AGENTOBS_UPDATE").is_some() {
        std::fs::write(&path, shown).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == shown,
        "tests/it/screens/{name} differs; renew it with AGENTOBS_UPDATE=1 and review:\n{shown}"
    );
}

fn one_session(sample: &Sample) -> Report<'_> {
    let mut report = sample.report();
    report.keep_sessions(&["1"]).unwrap();
    report
}

#[test]
fn screens() {
    let sample = Sample::planted("");
    let one = one_session(&sample);
    let all = sample.report();
    for (name, report, theme, size, keys) in [
        ("sessions", &all, UNICODE, SMALL, ""),
        ("call", &one, UNICODE, SMALL, ""),
        ("call_ascii", &one, ASCII, SMALL, "e"),
        ("call_large", &one, UNICODE, LARGE, "s"),
        ("call_of_several", &all, UNICODE, SMALL, "<Enter>"),
        ("folded", &one, UNICODE, SMALL, "z"),
        ("unfolded", &one, UNICODE, LARGE, "s<Enter>"),
        ("outside", &one, UNICODE, LARGE, "G<Enter>jjd"),
        ("tool", &one, UNICODE, SMALL, "e"),
        ("span", &one, UNICODE, LARGE, "s<Enter>jjjjjj<Tab>"),
        ("whole", &one, UNICODE, LARGE, "g"),
        ("zoomed", &one, UNICODE, LARGE, "s=++l"),
        ("search", &one, UNICODE, SMALL, "/KITCHEN<Enter>n"),
        ("typing", &one, UNICODE, SMALL, "/over"),
        ("filter", &one, UNICODE, LARGE, "fspan:op = llm || status = error<Enter>"),
        ("filter_typing", &one, UNICODE, SMALL, "f{ span:op = to"),
        ("filter_wrong", &one, UNICODE, SMALL, "fnmae = \"x\"<Enter>"),
        ("filter_nothing", &one, ASCII, SMALL, "fname = \"nothing\"<Enter>"),
        ("filter_smallest", &one, UNICODE, (40, 10), "fspan:op = llm || span:op = tool<Enter>"),
        ("logs", &one, UNICODE, SMALL, "sL"),
        ("log", &one, UNICODE, SMALL, "sL<Tab>j<Enter>"),
        ("list_alone", &one, UNICODE, SMALL, "d"),
        ("help", &one, UNICODE, SMALL, "?"),
        ("help_narrow", &one, ASCII, (40, 10), "?<PgDn>"),
        ("smallest", &one, UNICODE, (40, 10), "e"),
        ("too_small", &one, UNICODE, (39, 10), ""),
    ] {
        let mut app = App::new(report, theme, size);
        press(&mut app, keys);
        compare(&format!("{name}.txt"), &text(&drawn(&app, size)));
    }
}

#[test]
fn recordings() {
    for (name, file, size, keys) in [
        ("livekit_tools", "tools", SMALL, "e"),
        ("livekit_tools_spans", "tools", LARGE, "t="),
        ("livekit_tools_filter", "tools", LARGE, "f{ span:op = tool } >> { }<Enter>t"),
        ("livekit_interrupt", "interrupt", LARGE, "i"),
        ("livekit_handoff", "handoff_simple", SMALL, ""),
        ("livekit_recovered", "llm_retry_fallback", SMALL, "e"),
        ("livekit_killed", "killed_early", SMALL, "g"),
        ("livekit_multi3", "multi3", SMALL, ""),
        ("livekit_long", "long200_delta", LARGE, "ss"),
    ] {
        let path = fixture(&format!("livekit/{file}.zip"));
        let opened = open(&[Input::from(path)], &OpenOptions::default());
        let sessions = build(&opened.store);
        // Where it was read from differs from machine to machine.
        let report = Report::new(&opened.store, &sessions, &[], &[]);
        let mut app = App::new(&report, UNICODE, size);
        press(&mut app, keys);
        compare(&format!("{name}.txt"), &text(&drawn(&app, size)));
    }
}

#[test]
fn a_filter_keeps_what_matches_and_what_is_above_it() {
    let opened = open(&[Input::from(fixture("livekit/tools.zip"))], &OpenOptions::default());
    let sessions = build(&opened.store);
    let report = Report::new(&opened.store, &sessions, &[], &[]);
    let size = (160, 200);
    let mut app = App::new(&report, UNICODE, size);
    press(&mut app, "zj<Right>dgj");
    let before = text(&drawn(&app, size));
    // Every span matches: all are there, and none is counted twice.
    press(&mut app, "f{ }<Enter>");
    let all = text(&drawn(&app, size));
    let spans = sessions.list[0].spans.len();
    assert!(all.contains(&format!("filter: {{ }} ({spans} of {spans} spans)")), "{all}");
    press(&mut app, "f name = \"menu_db.query\" <Enter>");
    let few = text(&drawn(&app, size));
    assert!(few.contains("filter: name = \"menu_db.query\" (1 of "), "{few}");
    for (name, shown) in
        [("menu_db.query", true), ("get_menu_price", true), ("eou_detection", false)]
    {
        assert_eq!(few.contains(name), shown, "{name}:\n{few}");
        assert!(all.contains(name), "{name}:\n{all}");
    }
    assert_eq!(few.matches("user ").count(), 0, "turns without a match are hidden:\n{few}");
    // A wrong one changes nothing, and can be corrected.
    press(&mut app, "f{ nope }<Enter>");
    assert!(text(&drawn(&app, size)).contains("menu_db.query\" (1 of "));
    press(&mut app, "<Esc>");
    assert_eq!(text(&drawn(&app, size)), few);
    for clear in ["<Esc>", "f<Enter>", "f  <Enter>"] {
        press(&mut app, clear);
        assert!(!text(&drawn(&app, size)).contains("filter:"), "{clear}");
        press(&mut app, "fname = \"menu_db.query\"<Enter>");
    }
    press(&mut app, "<Esc>gj");
    assert_eq!(text(&drawn(&app, size)), before, "folded as before");
}

#[test]
fn a_place_can_be_named_before() {
    let opened = open(&[Input::from(fixture("livekit/tools.zip"))], &OpenOptions::default());
    let sessions = build(&opened.store);
    let report = Report::new(&opened.store, &sessions, &[], &[]);
    let id = |name: &str| {
        let span = opened.store.spans().iter().find(|row| opened.store.str(row.name) == name);
        Place::Span(span.unwrap().id)
    };
    for (place, selected) in [
        (Place::Turn(4), " 4  "),
        (id("menu_db.query"), "menu_db.query"),
        (id("function_tool"), "function_tool"),
        (id("job_entrypoint"), "job_entrypoint"),
    ] {
        let mut app = App::new(&report, UNICODE, LARGE);
        assert!(app.open_at(place));
        let screen = text(&drawn(&app, LARGE));
        let line = screen.lines().find(|line| line.starts_with('>')).unwrap();
        assert!(line.contains(selected), "{place:?}:\n{screen}");
    }
    let mut app = App::new(&report, UNICODE, LARGE);
    for place in [Place::Turn(99), Place::Span(1)] {
        assert!(!app.open_at(place));
    }
}

#[test]
fn jumps_and_hits_stay_inside_the_filter() {
    let sample = Sample::planted("");
    let report = one_session(&sample);
    let mut app = App::new(&report, UNICODE, LARGE);
    press(&mut app, "fname = \"nothing\"<Enter>e");
    assert!(text(&drawn(&app, LARGE)).contains("no error in this call"));
    press(&mut app, "/KITCHEN<Enter>");
    assert!(text(&drawn(&app, LARGE)).contains("not found"));
    press(&mut app, "<Esc><Esc>e");
    assert!(text(&drawn(&app, LARGE)).contains("error 1 of"));
}

#[test]
fn every_span_has_a_row() {
    let opened = open(&[Input::from(fixture("livekit/tools.zip"))], &OpenOptions::default());
    let sessions = build(&opened.store);
    let report = Report::new(&opened.store, &sessions, &[], &[]);
    let size = (160, 400);
    let mut app = App::new(&report, UNICODE, size);
    // Unfolds every turn from the last one up, and what is outside turns.
    press(&mut app, "G<Enter>");
    for turn in (0..sessions.list[0].turns.len()).rev() {
        press(&mut app, "g");
        press(&mut app, &"<Down>".repeat(1 + turn + if turn > 2 { 2 } else { 0 }));
        press(&mut app, "<Enter>");
    }
    let screen = text(&drawn(&app, size));
    for name in ["job_entrypoint", "menu_db.query", "judge_evaluation", "eou_detection"] {
        assert!(screen.contains(name), "{name} is nowhere:\n{screen}");
    }
    // The last line ends in the number of rows: the session, turns, tools, spans
    // and the row above those outside turns.
    let (_, rows) = screen.trim_end().rsplit_once('/').unwrap();
    let (session, counts) = (&sessions.list[0], sessions.list[0].counts());
    let others = 1 + counts.turns + counts.tool_calls + 1;
    assert_eq!(rows.parse::<usize>().unwrap(), others + session.spans.len(), "{screen}");
}

#[test]
fn without_a_terminal_view_prints_what_show_prints() {
    let path = fixture("livekit/tools.zip").display().to_string();
    let [view, show] = ["view", "show"].map(|command| agentobs(&[command, &path]));
    assert!(view.status.success(), "{view:?}");
    assert!(!view.stdout.is_empty() && view.stdout == show.stdout);
    let [view, show] = [["view", "--at", "turn:3"], ["show", "--turn", "3"]]
        .map(|args| agentobs(&[args[0], &path, args[1], args[2]]));
    assert!(view.status.success() && view.stdout == show.stdout, "{view:?}");
    let place = agentobs(&["view", &path, "--at", "turn:0"]);
    assert_eq!(place.status.code(), Some(2), "{place:?}");
    let nowhere = agentobs(&["view", "nowhere.zip"]);
    assert_eq!(nowhere.status.code(), Some(3), "{nowhere:?}");
    let session = agentobs(&["view", &path, "--session", "none"]);
    assert_eq!(session.status.code(), Some(2), "{session:?}");
}

#[test]
fn colour_only_adds() {
    let sample = Sample::planted("");
    let report = one_session(&sample);
    let colored = Theme { color: true, ascii: false };
    let keys = "e<Enter>";
    let [plain, colored] = [UNICODE, colored].map(|theme| {
        let mut app = App::new(&report, theme, LARGE);
        press(&mut app, keys);
        drawn(&app, LARGE)
    });
    assert_eq!(text(&plain), text(&colored));
    let uses_color = |buffer: &Buffer| buffer.content.iter().any(|c| c.fg != Default::default());
    assert!(uses_color(&colored) && !uses_color(&plain));
}

#[test]
fn esc_goes_back_and_q_leaves() {
    let sample = Sample::planted("");
    let report = sample.report();
    let mut app = App::new(&report, UNICODE, SMALL);
    let list = text(&drawn(&app, SMALL));
    press(&mut app, "<Enter>/a<Esc>?<Esc>eL<Tab><Enter><Esc><Esc><Esc>");
    assert_eq!(text(&drawn(&app, SMALL)), list);
    press(&mut app, "<Esc>");
    assert_eq!(app.exit(), None);
    press(&mut app, "q");
    assert!(app.exit().is_some());
}

#[test]
fn hostile_text_never_reaches_a_cell() {
    let plant =
        "\u{1b}[31m\u{1b}]0;owned\u{7}\r\n\t\u{9b}2J\u{202e}evil\u{2066}\0\u{200b}你好e\u{301}";
    let sample = Sample::planted(plant);
    let report = sample.report();
    for theme in [UNICODE, ASCII] {
        for keys in
            ["", "<Enter>", "<Enter>e<Enter>", "<Enter>s<Enter>jjjjjj", "<Enter>L", "jj<Enter>L"]
        {
            let mut app = App::new(&report, theme, LARGE);
            press(&mut app, keys);
            for _ in 0..12 {
                press(&mut app, "<Down>");
                let buffer = drawn(&app, LARGE);
                for cell in &buffer.content {
                    let bad = |c: char| agentobs::output::escape::is_hidden(c) || c.is_control();
                    assert!(!cell.symbol().contains(bad), "{:?}", cell.symbol());
                    assert!(!theme.ascii || cell.symbol().is_ascii(), "{:?}", cell.symbol());
                }
            }
        }
    }
}

fn actions() -> impl Strategy<Value = Action> {
    let keys = prop_oneof![
        Just(Action::Up),
        Just(Action::Down),
        Just(Action::PageUp),
        Just(Action::PageDown),
        Just(Action::First),
        Just(Action::Last),
        Just(Action::Toggle),
        Just(Action::Unfold),
        Just(Action::Fold),
        Just(Action::FoldAll),
        Just(Action::NextPane),
        Just(Action::Logs),
        Just(Action::Detail),
        Just(Action::Help),
        Just(Action::Back),
    ];
    let jumps = prop_oneof![
        Just(Action::ZoomIn),
        Just(Action::ZoomOut),
        Just(Action::ZoomAll),
        Just(Action::ZoomSelection),
        Just(Action::PanLeft),
        Just(Action::PanRight),
        Just(Action::NextError),
        Just(Action::PreviousError),
        Just(Action::NextInterruption),
        Just(Action::PreviousInterruption),
        Just(Action::NextSlow),
        Just(Action::PreviousSlow),
        Just(Action::NextTool),
        Just(Action::PreviousTool),
        Just(Action::NextHit),
        Just(Action::PreviousHit),
    ];
    let typing = prop_oneof![
        Just(Action::Search),
        Just(Action::Filter),
        prop_oneof![Just('a'), Just('ß'), Just('İ'), Just('你'), any::<char>()]
            .prop_map(Action::Type),
        Just(Action::Erase),
        Just(Action::EraseAll),
        Just(Action::Submit),
    ];
    let size = (0u16..140, 0u16..60).prop_map(|(columns, rows)| Action::Resize(columns, rows));
    prop_oneof![4 => keys, 3 => jumps, 2 => typing, 1 => size]
}

#[test]
fn any_actions_on_any_screen() {
    let sample = Sample::planted("İ\u{1b}你👨‍👩‍👧");
    let reports = [sample.report(), one_session(&sample)];
    let config = Config { cases: 96, failure_persistence: None, ..Config::default() };
    proptest!(config, |(
        which in 0usize..2,
        ascii in any::<bool>(),
        filter in proptest::sample::select(vec!["", "<Enter>f{ }<Enter>", "<Enter>fspan:op = tool<Enter>"]),
        actions in proptest::collection::vec(actions(), 1..60),
    )| {
        let mut size = SMALL;
        let mut app = App::new(&reports[which], Theme { color: true, ascii }, size);
        press(&mut app, filter);
        for action in actions {
            app.apply(action);
            if let Action::Resize(columns, rows) = action {
                size = (columns, rows);
            }
            drawn(&app, size);
            // The terminal may be ahead of the resize event.
            drawn(&app, (size.1, size.0));
        }
    });
}

#[test]
fn a_call_opens_at_a_place() {
    let opened = open(&[Input::from(fixture("livekit/tools.zip"))], &OpenOptions::default());
    let sessions = build(&opened.store);
    let report = Report::new(&opened.store, &sessions, &[], &[]);
    let spans = opened.store.spans().iter();
    let tool = spans.filter(|row| opened.store.str(row.name) == "function_tool").map(|row| row.id);
    for (place, words) in [
        (Place::Turn(3), "A cortado is four twenty"),
        (Place::Turn(5), "One cortado"),
        (Place::Span(tool.max().unwrap()), "function_tool"),
    ] {
        let mut app = App::new(&report, UNICODE, LARGE);
        assert!(app.open_at(place), "{place}");
        let screen = text(&drawn(&app, LARGE));
        let selected: Vec<&str> = screen.lines().filter(|line| line.starts_with('>')).collect();
        assert!(selected.iter().any(|line| line.contains(words)), "{place}\n{screen}");
    }
    let mut app = App::new(&report, UNICODE, LARGE);
    assert!(!app.open_at(Place::Turn(99)) && !app.open_at(Place::Span(1)));
}
