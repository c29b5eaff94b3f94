//! TraceQL: what is a query (`syntax`), what it selects (`example`, `trees`,
//! `values`, `voice`), that nothing breaks it (`robust`), and the command.

mod command;
mod example;
mod robust;
mod syntax;
mod trees;
mod values;
mod voice;
mod world;
