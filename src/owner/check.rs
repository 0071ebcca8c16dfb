//! `segel check`: every fault of a form definition, in law, wording and format, with its place and what to do about it.

mod write;

use segel_core::limits;

use crate::Exit;
use crate::args::{Check, CheckFormat};
use crate::lint::{self, Report, Severity};
use crate::place;
use crate::say::{Failure, Say, shown, words};

pub(crate) fn run(say: &mut Say, args: &Check) -> Result<Exit, Failure> {
    if args.rules {
        say.result(&write::rules(args))?;
        return Ok(Exit::Done);
    }
    let Some(path) = &args.definition else { return Ok(Exit::Nothing) };
    let report = lint::check(&place::read(path, limits::FORM_BYTES)?, args.profile);
    let (name, lang) = (shown(path), say.lang());
    match args.format {
        CheckFormat::Text => {
            say.result(&write::text(&report, &name, args.profile, lang))?;
            summary(say, &report, &name);
        }
        CheckFormat::Json => say.result(&write::json(&report, path, args.profile))?,
        CheckFormat::Sarif => say.result(&write::sarif(&report, path, args.profile, lang))?,
        CheckFormat::Github => say.result(&write::github(&report, path, lang))?,
    }
    Ok(if report.count(Severity::Error) == 0 { Exit::Done } else { Exit::Nothing })
}

/// The totals, and what no machine can tell.
pub(crate) fn summary(say: &mut Say, report: &Report, name: &str) {
    let [errors, warnings, notes] = [Severity::Error, Severity::Warning, Severity::Note].map(|kind| report.count(kind));
    say.note(words!(
        "{name}: {errors} galat, {warnings} peringatan, {notes} catatan",
        "{name}: {errors} error(s), {warnings} warning(s), {notes} note(s)"
    ));
    if errors == 0 {
        say.hint(words!(
            "yang tidak dapat dinilai mesin: apakah alasannya benar, dasarnya tepat, dan hanya orang yang perlu yang bisa membuka",
            "what no machine can tell: whether reasons are true, grounds fit, and only those who need to can open"
        ));
    }
}

/// The findings as they are printed for a person.
pub(crate) fn told(say: &Say, report: &Report, name: &str, profile: crate::args::Profile) -> String {
    write::text(report, name, profile, say.lang())
}
