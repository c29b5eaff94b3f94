//! The terminal timeline: what was said, where the time went, what broke.
//!
//! State ([`App`]), update ([`App::apply`]) and view ([`draw`]) are apart: an
//! [`Action`] changes the state, and the view is a pure function of it, drawn
//! on a test backend in golden tests. Only what is visible is formatted. Text
//! that came from data goes through [`Theme`] before it reaches a cell.
//!
//! Belongs here: everything about the screen. Does not belong here: reading
//! sources and rebuilding sessions; the words that the other formats use too
//! (see [`crate::output`]).

mod action;
mod app;
mod axis;
mod call;
mod canvas;
mod desk;
mod facts;
mod jumps;
mod keys;
mod layout;
mod pane;
mod place;
mod records;
mod rows;
mod run;
mod scroll;
mod search;
mod sheet;
mod theme;
mod update;
mod view;

pub use action::Action;
pub use app::{App, Exit};
pub use keys::action_for;
pub use place::Place;
pub use run::{RunError, run};
pub use theme::Theme;
pub use view::draw;
