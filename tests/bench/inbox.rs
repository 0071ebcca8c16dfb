//! Makes a large inbox, to measure what opening one costs:
//! `cargo run --release --example inbox -- FOLDER COUNT [COLUMNS] [hybrid]`, then the command that it prints under `/usr/bin/time -v`. With
//! `measure` behind it, it runs that command itself, says how long it took and how much memory it had, and takes the inbox away.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool for measuring prints, and ends where it cannot go on"
)]

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use segel_core::age::Suite;

mod large;

use large::Large;

fn main() {
    let mut words = std::env::args().skip(1);
    let folder = words.next().unwrap();
    let count: u64 = words.next().unwrap().parse().unwrap();
    let more: Vec<String> = words.collect();
    let suite = if more.iter().any(|word| word == "hybrid") { Suite::Hybrid } else { Suite::X25519 };
    let columns = more.iter().find_map(|word| word.parse().ok()).unwrap_or(0);
    large::write(folder.as_ref(), Large { columns, ..Large::new(count, suite) });
    if more.iter().any(|word| word == "measure") {
        return measure(folder.as_ref(), count);
    }
    println!(
        "segel open {folder}/inbox -k {folder}/owner.key --form {folder}/form.segel --purpose daftar --format csv -o {folder}/all.csv"
    );
}

/// A row of a table: submissions, the most memory, seconds.
fn measure(folder: &Path, count: u64) {
    // Beside the folder of examples.
    let segel = std::env::current_exe().unwrap().parent().unwrap().with_file_name("segel");
    let mut command = Command::new(segel);
    command.current_dir(folder).args(["open", "inbox", "-k", "owner.key", "--form", "form.segel"]);
    command.args(["--purpose", "daftar", "--format", "csv"]);
    let start = Instant::now();
    let most = large::peak(&mut command) / 1024;
    println!("| {count} | {most} MiB | {:.0} s |", start.elapsed().as_secs_f64());
    std::fs::remove_dir_all(folder).unwrap();
}
