//! `cargo xtask demo | test | dist | bench`: everything that is done to this repository, with no tool to install by hand.
//!
//! The programs here run other programs and say what they do; that is why printing is allowed in this crate alone.

mod bench;
mod demo;
mod dist;
mod glue;
mod imports;
mod places;
mod run;
mod setup;
mod small;
mod test;
mod wasm;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["demo"] => demo::run(false),
        ["demo", "--check"] => demo::run(true),
        ["test"] => test::run(),
        ["dist"] => dist::run(&root().join("dist")),
        ["dist", "--out", out] => dist::run(Path::new(out)),
        ["imports"] => imports::run(false),
        ["imports", "--write"] => imports::run(true),
        ["bench"] => bench::run(),
        ["fuzz"] => bench::fuzz("60"),
        ["fuzz", "--seconds", seconds] => bench::fuzz(seconds),
        ["load", more @ ..] => bench::server("load", more),
        ["faults", more @ ..] => bench::server("faults", more),
        _ => Err(String::from(USAGE)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the repository.
fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own).to_path_buf()
}

const USAGE: &str = "usage: cargo xtask COMMAND
  demo            build everything, start a server with the example form, say where to look
  demo --check    the same in a headless browser, from filling in to opening, then exit
  test            every test
  dist [--out D]  the files to ship, and their sizes
  imports [--write]  what the two wasm modules ask of the browser, held against tests/imports
  bench           speed and size, measured now
  fuzz [--seconds N]   every parser under broken inputs, for so long
  load [--seconds N] [--only NAME] | --receipts N   how many submissions the real server takes on each store (stores), how often the form is
                  fetched (fetch), what is left when too much comes (flood) or connections dribble (slow), an export meanwhile (export);
                  what answers betray by their time
  faults [--rounds N] [--seconds N] [--due N] [--only NAME] [--skip NAME]   kills, power cuts, a full disk, locks, failing writes, backups: nothing may be
                  lost; a part that this machine cannot try fails, unless it is skipped by name";
