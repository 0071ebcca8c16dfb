//! `segel`, the owner's command line: keys, publishing, pulling, opening. DESIGN: one file per command.
//!
//! Files, clock, network and the terminal live here and nowhere below. Exit status: 0 all well, 1 nothing done, 2 usage,
//! 3 some records failed and are named.

mod args;
mod breach;
mod cause;
mod changes;
mod check;
mod contact;
mod due;
mod escape;
mod gather;
mod inbox;
mod inspect;
mod keygen;
mod keys;
mod letters;
mod lint;
mod manual;
mod new;
mod open;
mod paper;
mod partial;
mod people;
mod pipeline;
mod place;
mod proof;
mod publish;
mod pull;
mod pulled;
mod register;
mod requests;
mod rewrap;
mod said;
mod say;
mod schema;
mod sheet;
mod split;
mod subject;
mod usage;
mod uses;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use args::Command;
use say::{Failure, Say};

/// Runs one command with the process's own arguments, standard streams, clock and random source.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    leave_no_core();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let lang = usage::language(&arguments);
    let mut say = Say::new(lang);
    let args = match usage::parse(arguments) {
        Ok(args) => args,
        Err(error) => {
            // Clap words help and English errors; it knows which stream each belongs to.
            match usage::failure(lang, &error) {
                Some(failure) => say.failure(&failure),
                None => drop(error.print()),
            }
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    match act(&mut say, args.command) {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Nothing) => ExitCode::from(NOTHING),
        Ok(Exit::Partial) => ExitCode::from(PARTIAL),
        // Whoever closed the pipe has seen enough.
        Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            let status = if matches!(failure, Failure::Usage(..)) { USAGE } else { NOTHING };
            say.failure(&failure);
            ExitCode::from(status)
        }
    }
}

/// A core dump would hold keys and what was opened. One byte, not none: at none Linux still hands it to a program that collects dumps.
fn leave_no_core() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // Refused where the limit is none already and may not be raised.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(1), maximum: Some(1) });
    }
}

/// How a command ended that did not fail.
enum Exit {
    Done,
    /// Done, with faults found.
    Nothing,
    Partial,
}

fn act(say: &mut Say, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Keygen(args) => keygen::run(say, &args),
        Command::New(args) => new::run(say, &args),
        Command::Check(args) => check::run(say, &args),
        Command::Schema => schema::run(say),
        Command::Publish(args) => publish::run(say, &args),
        Command::Pull(args) => pull::run(say, &args),
        Command::Gather(args) => gather::run(say, &args),
        Command::Open(args) => open::run(say, &args),
        Command::Rewrap(args) => rewrap::run(say, &args),
        Command::Split(args) => split::run(say, &args),
        Command::Verify(args) => verify::run(say, &args),
        Command::Due(args) => due::run(say, &args),
        Command::Purge(args) => due::purge(say, &args),
        Command::Requests(args) => requests::run(say, &args),
        Command::Proof(args) => proof::run(say, &args),
        Command::Breach(args) => breach::run(say, &args),
        Command::Subject(args) => subject::run(say, &args),
        Command::Uses(args) => uses::run(say, &args),
        Command::Inspect(args) => inspect::run(say, &args),
        Command::Completions(args) => manual::completions(say, &args),
        Command::Man(args) => manual::pages(say, &args),
    }
}

const NOTHING: u8 = 1;
const USAGE: u8 = 2;
const PARTIAL: u8 = 3;
