//! Speed and size, measured now on this machine.

use crate::run::{Outcome, finish, program, sh};
use crate::setup;

pub(crate) fn run() -> Outcome {
    // Over budget or not, the figures are wanted.
    if let Err(why) = crate::dist::run(&crate::root().join("dist")) {
        println!("{why}");
    }
    sh("cargo", &["run", "--quiet", "--locked", "--release", "--package", "segel", "--example", "bench"])?;
    sh("cargo", &["build", "--quiet", "--locked", "--release", "--bins"])?;
    println!("| submissions opened to CSV | most memory | |\n|--:|--:|--:|");
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for count in ["100000", "1000000"] {
        let folder = folder.path().join(count).display().to_string();
        let words = ["run", "--quiet", "--locked", "--release", "--package", "segel", "--example", "inbox", "--"];
        sh("cargo", &[&words[..], &[folder.as_str(), count, "measure"]].concat())?;
    }
    setup::npm("tests/web")?;
    for script in ["tests/web/bench.mjs", "tests/web/large.mjs", "tests/web/rivals.mjs", "tests/web/inbox.mjs"] {
        let mut node = program("node", &[script]);
        finish(node.env("SEGEL_CHROMIUM", setup::chromium()?).env("SEGEL_BIN", "target/release"))?;
    }
    Ok(())
}

/// The test `fuzz` with optimisation and checks for overflow, each target for its share of the time.
pub(crate) fn fuzz(seconds: &str) -> Outcome {
    let mut cargo =
        program("cargo", &["test", "--quiet", "--locked", "--release", "--package", "segel", "--test", "fuzz"]);
    cargo.args(["--", "--nocapture"]).env("SEGEL_FUZZ_SECONDS", seconds);
    finish(cargo.env("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true").env("CARGO_TARGET_DIR", "target/fuzz"))
}

/// A program that drives the real server, in the release build.
pub(crate) fn server(name: &str, more: &[&str]) -> Outcome {
    // A slip would start a run of many minutes that is not the one that was meant.
    for pair in more.chunks(2) {
        match pair {
            ["--only", _] => {}
            ["--skip", _] if name == "faults" => {}
            ["--seconds" | "--rounds" | "--due" | "--receipts", number] if number.parse::<u64>().is_ok() => {}
            _ => {
                return Err(format!(
                    "{name} does not understand {:?}; `cargo xtask` alone says how it is used",
                    pair.join(" ")
                ));
            }
        }
    }
    sh("cargo", &["build", "--quiet", "--locked", "--release", "--bin", "segel-server"])?;
    let mut words = vec!["run", "--quiet", "--locked", "--release", "--package", "segel", "--example", name, "--"];
    words.extend(more);
    sh("cargo", &words)
}
