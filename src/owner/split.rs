//! `segel split`: every part as a stand-alone age file. No key is needed, and nothing is re-encoded.

use segel_core::Envelope;

use crate::args::Split;
use crate::cause::Cause as _;
use crate::place::For;
use crate::say::{Failure, Say, Words, shown, words};
use crate::{Exit, inbox, place};

pub(crate) fn run(say: &mut Say, args: &Split) -> Result<Exit, Failure> {
    let (mut submissions, mut parts, mut failed) = (0_u64, 0_u64, 0_u64);
    let progress = say.progress(inbox::bytes(&args.input));
    let stopped = inbox::each(&args.input, &progress, |_, record| {
        let sequence = record.sequence();
        match Envelope::parse(record.envelope()) {
            Ok(envelope) => {
                // Names come from a strict grammar and a number of ours: nothing in a submission can shape a path.
                let folder = args.output.join(format!("{sequence:06}-{}", envelope.head().id().number()));
                place::make_folder(&folder)?;
                for (name, bytes) in envelope.parts() {
                    place::create(&folder.join(format!("{name}.age")), bytes, For::Owner)?;
                    parts += 1;
                }
                submissions += 1;
            }
            Err(error) => {
                failed += 1;
                let Words { id, en } = error.words();
                say.note(words!("kiriman {sequence}: {id}", "submission {sequence}: {en}"));
            }
        }
        Ok(())
    })?;
    progress.finish_and_clear();
    let output = shown(&args.output);
    let output = output.trim_end_matches('/');
    say.note(words!(
        "{submissions} kiriman, {parts} bagian di {output}; {failed} gagal",
        "{submissions} submission(s), {parts} parts in {output}; {failed} failed"
    ));
    for stop in &stopped {
        say.note(stop.error.at(&stop.file));
    }
    say.hint(words!(
        "buka satu: age -d -i owner.key {output}/000001-*/main.age",
        "open one: age -d -i owner.key {output}/000001-*/main.age"
    ));
    match (submissions, failed as usize + stopped.len()) {
        (_, 0) => Ok(Exit::Done),
        (0, _) => Ok(Exit::Nothing),
        _ => Ok(Exit::Partial),
    }
}
