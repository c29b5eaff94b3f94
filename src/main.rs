//! Parse the arguments, run the command, end with the documented exit code.

use agentobs::cli::Cli;
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            error.print();
            error.outcome().into()
        }
    }
}
