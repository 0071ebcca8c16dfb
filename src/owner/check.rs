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
        say.result(&write::rules(args, say.lang()))?;
        return Ok(Exit::Done);
    }
    let (path, report) = match (&args.definition, &args.page) {
        (Some(path), _) => (path, lint::check(&place::read(path, limits::FORM_BYTES)?, args.profile)),
        (None, Some(path)) => (path, lint::check_page(&place::read(path, PAGE_BYTES)?)),
        (None, None) => return Ok(Exit::Nothing),
    };
    let (name, lang) = (shown(path), say.lang());
    match args.format {
        CheckFormat::Text => {
            say.result(&write::text(&report, &name, args.profile, lang))?;
            match args.page {
                Some(_) => page_summary(say, &report, &name),
                None => summary(say, &report, &name),
            }
        }
        CheckFormat::Json => say.result(&write::json(&report, path, args.profile))?,
        CheckFormat::Sarif => say.result(&write::sarif(&report, path, args.profile, lang))?,
        CheckFormat::Github => say.result(&write::github(&report, path, lang))?,
    }
    Ok(if report.count(Severity::Error) == 0 { Exit::Done } else { Exit::Nothing })
}

/// The totals, and what no machine can tell.
pub(crate) fn summary(say: &mut Say, report: &Report, name: &str) {
    totals(say, report, name);
    if report.count(Severity::Error) == 0 {
        say.hint(words!(
            "yang tidak dapat dinilai mesin: apakah alasannya benar, dasarnya tepat, dan hanya orang yang perlu yang bisa membuka",
            "what no machine can tell: whether reasons are true, grounds fit, and only those who need to can open"
        ));
    }
}

/// The same for a page.
fn page_summary(say: &mut Say, report: &Report, name: &str) {
    totals(say, report, name);
    if report.count(Severity::Error) == 0 {
        say.hint(words!(
            "yang tidak terlihat di berkas ini: yang ditambahkan server, CMS, atau pengelola tag; periksa juga halaman jadinya",
            "what this file does not show: what a server, a CMS or a tag manager adds; check the finished page, too"
        ));
    }
}

fn totals(say: &mut Say, report: &Report, name: &str) {
    let [errors, warnings, notes] = [Severity::Error, Severity::Warning, Severity::Note].map(|kind| report.count(kind));
    say.note(words!(
        "{name}: {errors} galat, {warnings} peringatan, {notes} catatan",
        "{name}: {errors} error(s), {warnings} warning(s), {notes} note(s)"
    ));
}

/// The findings as they are printed for a person.
pub(crate) fn told(say: &Say, report: &Report, name: &str, profile: crate::args::Profile) -> String {
    write::text(report, name, profile, say.lang())
}

/// Bytes of a page: shop systems write much.
const PAGE_BYTES: usize = 4 * 1024 * 1024;
