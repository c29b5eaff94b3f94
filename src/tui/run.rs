//! The terminal: taken over, drawn on, and given back on any exit.

use super::app::{App, Exit};
use super::keys::action_for;
use super::place::Place;
use super::theme::Theme;
use super::view::draw;
use crate::output::Report;
use crossterm::cursor::{Hide, Show};
use crossterm::event;
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::io::{self, stdout};
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Why the terminal timeline stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The terminal cannot be taken over.
    #[error("cannot use the terminal: {0}")]
    Terminal(io::Error),
    /// It went away, or cannot be written to.
    #[error("lost the terminal: {0}")]
    Lost(io::Error),
}

/// Whether the terminal is ours. Given back twice, it would move the cursor back
/// into what was printed since.
static TAKEN: AtomicBool = AtomicBool::new(false);

type PanicHook = Arc<dyn Fn(&panic::PanicHookInfo<'_>) + Send + Sync>;

/// The terminal while it is ours. Dropped, it is as before; a panic gives it
/// back before its message is printed (the release build aborts on panic, so
/// nothing is dropped then).
struct Guard {
    hook: PanicHook,
}

impl Guard {
    fn take() -> io::Result<Self> {
        let hook: PanicHook = Arc::from(panic::take_hook());
        let printed = Arc::clone(&hook);
        panic::set_hook(Box::new(move |info| {
            give_back();
            printed(info);
        }));
        // From here on a failure gives everything back too.
        let guard = Self { hook };
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        execute!(stdout(), EnterAlternateScreen, Hide)?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
        // A hook cannot be changed while its thread panics.
        if !std::thread::panicking() {
            let hook = Arc::clone(&self.hook);
            panic::set_hook(Box::new(move |info| hook(info)));
        }
    }
}

/// Does all it can; there is nobody left to tell what failed.
fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let _ = execute!(stdout(), LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

/// Ends the program when it is asked to or its terminal is gone. A thread of
/// its own, because reading events of a terminal that was closed never returns.
#[cfg(unix)]
struct Watch(signal_hook::iterator::Handle);

#[cfg(unix)]
impl Watch {
    fn start() -> io::Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGTERM};
        let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP])?;
        let handle = signals.handle();
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            if signals.forever().next().is_some() {
                give_back();
                std::process::exit(INTERRUPTED);
            }
        })?;
        Ok(Self(handle))
    }
}

#[cfg(unix)]
impl Drop for Watch {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The documented exit code of a command that was interrupted.
#[cfg(unix)]
const INTERRUPTED: i32 = 130;

/// Shows the timeline until the user leaves, at a place where one is given.
///
/// # Errors
/// When the terminal cannot be taken over, or goes away. It is given back first.
pub fn run(report: &Report<'_>, theme: Theme, at: Option<Place>) -> Result<Exit, RunError> {
    let _guard = Guard::take().map_err(RunError::Terminal)?;
    #[cfg(unix)]
    let _watch = Watch::start().map_err(RunError::Terminal)?;
    let size = size().map_err(RunError::Terminal)?;
    let mut terminal =
        Terminal::new(CrosstermBackend::new(stdout())).map_err(RunError::Terminal)?;
    let mut app = App::new(report, theme, size);
    if let Some(place) = at {
        app.open_at(place);
    }
    let mut dirty = true;
    loop {
        if dirty {
            terminal.draw(|frame| draw(&app, frame)).map_err(RunError::Lost)?;
            dirty = false;
        }
        // Everything that is waiting is applied before the next frame, so that
        // a held key never outruns the screen.
        let mut event = event::read().map_err(RunError::Lost)?;
        loop {
            if let Some(action) = action_for(&app, &event) {
                app.apply(action);
                dirty = true;
            }
            if let Some(exit) = app.exit() {
                return Ok(exit);
            }
            if !event::poll(Duration::ZERO).map_err(RunError::Lost)? {
                break;
            }
            event = event::read().map_err(RunError::Lost)?;
        }
    }
}
