//! Parse the arguments, run the command, end with the documented exit code.

use agentobs::cli::{Cli, usage_error};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match Cli::try_parse() {
        Ok(cli) => cli.run(),
        Err(error) => return usage_error(error),
    };
    match outcome {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            error.print();
            error.outcome().into()
        }
    }
}
