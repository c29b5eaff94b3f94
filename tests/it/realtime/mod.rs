//! Realtime event logs against the facts that are known of each recording.

mod content;
mod correlating;
mod damage;
mod facts;
mod listener;
mod odd;
mod reading;
mod recording;
mod reference;
mod rules;
mod script;
mod sessions;
mod times;
