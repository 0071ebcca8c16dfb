//! Runs other programs, and says what failed in one line.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

pub(crate) type Outcome = Result<(), String>;

/// Runs a step under a heading and says how long it took.
pub(crate) fn step(name: &str, act: impl FnOnce() -> Outcome) -> Outcome {
    println!("=== {name}");
    let start = Instant::now();
    act().map_err(|why| format!("{name}: {why}"))?;
    println!("=== {name}: ok ({:.1} s)", start.elapsed().as_secs_f64());
    Ok(())
}

/// A program in the repository's folder.
pub(crate) fn program(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(crate::root()).stdin(Stdio::null());
    command
}

/// Runs a program to its end; its output goes where ours goes.
pub(crate) fn sh(name: &str, arguments: &[&str]) -> Outcome {
    finish(&mut program(name, arguments))
}

pub(crate) fn finish(command: &mut Command) -> Outcome {
    let shown = format!("{command:?}");
    let status = command.status().map_err(|error| format!("{shown}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown} ended with {status}")) }
}

/// What a program prints.
pub(crate) fn output(name: &str, arguments: &[&str]) -> Result<String, String> {
    let output =
        program(name, arguments).stderr(Stdio::inherit()).output().map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name} {arguments:?} ended with {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{name}: not text"))
}

/// Whether a program can be started at all.
pub(crate) fn exists(name: &str) -> bool {
    let found =
        Command::new(name).arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.is_ok()
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

pub(crate) fn write(path: &Path, bytes: &[u8]) -> Outcome {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}
