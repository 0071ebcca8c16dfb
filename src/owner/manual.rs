//! `segel completions` and `segel man`: what a shell and a manual say, from the same definitions as `--help`.

use std::path::Path;

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::Exit;
use crate::args::{Args, Completions, Manual};
use crate::place::{self, For};
use crate::say::{Failure, Say, shown, words};

pub(crate) fn completions(say: &mut Say, args: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "segel", &mut script);
    say.result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// One page for the program and one for each command.
pub(crate) fn pages(say: &mut Say, args: &Manual) -> Result<Exit, Failure> {
    place::make_folder(&args.folder)?;
    let mut program = Args::command();
    program.build();
    let mut count = 1_u64;
    write(&args.folder, "segel", &program)?;
    for command in program.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = format!("segel-{}", command.get_name());
        write(&args.folder, &name, &command.clone().display_name(name.clone()))?;
        count += 1;
    }
    let folder = shown(&args.folder);
    say.note(words!("{count} halaman manual di {folder}", "{count} manual pages in {folder}"));
    say.hint(words!("baca satu: man -l {folder}/segel.1", "read one: man -l {folder}/segel.1"));
    Ok(Exit::Done)
}

fn write(folder: &Path, name: &str, command: &clap::Command) -> Result<(), Failure> {
    let path = folder.join(format!("{name}.1"));
    let mut page = Vec::new();
    let version = concat!("segel ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone())
        .title(name)
        .source(version)
        .render(&mut page)
        .map_err(|error| Failure::file(&path, &error))?;
    place::replace(&path, &page, For::All)
}
