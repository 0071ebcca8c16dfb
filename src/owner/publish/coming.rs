//! A change that is announced before it takes effect (UU PDP Art. 21(2)): the new version is signed now and valid from a day to come. Until
//! then it lies beside the one in force, as `NAME.segel.next`, and servers go over to it by themselves. FORMAT §5.5.

use std::path::{Path, PathBuf};

use segel_core::time::Time;
use segel_core::{Definition, Form, limits};

use super::earlier::{Earlier, keep};
use crate::args::{Lang, Profile, Publish};
use crate::letters::contact;
use crate::lint;
use crate::paper::Paper;
use crate::place::{self, For};
use crate::say::{Failure, Say, Words, shown, words};

/// From when a version is valid.
pub(super) struct Start {
    pub(super) at: Time,
    /// The day, for people.
    pub(super) day: String,
}

impl Start {
    /// What was typed, if anything was.
    pub(super) fn read(args: &Publish, now: Time) -> Result<Option<Self>, Failure> {
        let Some(text) = &args.from else { return Ok(None) };
        // Nothing that was promised from a day on comes before it, wherever a customer is.
        let west = west(args.profile);
        let day = || Time::parse(&format!("{text}T00:00:00Z")).and_then(|day| Time::from_unix(day.unix() - west));
        let Some(at) = Time::parse(text).or_else(day) else {
            return Err(Failure::Usage(
                words!("--from: bukan tanggal", "--from: not a date"),
                Some(words!("seperti 2026-12-10 atau 2026-12-10T03:00:00Z", "like 2026-12-10 or 2026-12-10T03:00:00Z")),
            ));
        };
        if at <= now {
            return Err(Failure::Usage(
                words!("--from: {text} sudah lewat", "--from: {text} is past"),
                Some(words!(
                    "tanpa --from versi baru berlaku seketika",
                    "without --from the new version is valid at once"
                )),
            ));
        }
        Ok(Some(Self { at, day: day_of(at, args.profile) }))
    }
}

/// Where a version waits for its day.
pub(super) fn waiting(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".next");
    PathBuf::from(name)
}

/// Puts an announced version whose day has come into its place, as servers did by then; of one that still waits, says that it is replaced,
/// or refuses to publish past it.
pub(super) fn settle(say: &mut Say, args: &Publish, now: Time) -> Result<(), Failure> {
    let path = waiting(&args.output);
    if !path.exists() {
        return Ok(());
    }
    let name = shown(&path);
    let form = Form::parse(&place::read(&path, limits::FORM_BYTES)?).map_err(|_| {
        Failure::hinted(
            words!("{name} bukan formulir terbit", "{name} is not a published form"),
            words!("hapus berkas itu, lalu ulangi", "delete that file, then do it again"),
        )
    })?;
    let (version, from) = (form.version(), form.not_before());
    let current = Earlier::form(&args.output)?.filter(|current| follows(&form, current));
    let Some(current) = current else {
        let output = shown(&args.output);
        return Err(Failure::hinted(
            words!(
                "{name} bukan versi berikut dari {output}: pemilik atau nama formulirnya lain, atau nomornya tidak lebih tinggi",
                "{name} is no next version of {output}: of another owner or form, or without a higher number"
            ),
            words!("hapus berkas itu, lalu ulangi", "delete that file, then do it again"),
        ));
    };
    let day = day_of(from, args.profile);
    if from <= now {
        keep(&args.output, current.version(), current.bytes())?;
        place::put(&path, &args.output)?;
        say.note(words!(
            "versi {version} berlaku sejak {day}: {name} sekarang di tempatnya",
            "version {version} is valid since {day}: {name} is in its place now"
        ));
        return Ok(());
    }
    if args.from.is_none() {
        return Err(Failure::hinted(
            words!(
                "versi {version} sudah diumumkan dan berlaku mulai {from}: {name}",
                "version {version} is announced and valid from {from}: {name}"
            ),
            words!(
                "tunggu sampai berlaku, ganti dengan --from, atau hapus berkas itu bila batal",
                "wait for it, replace it with --from, or delete that file if it is off"
            ),
        ));
    }
    say.note(words!(
        "menggantikan versi {version} yang diumumkan untuk {from}",
        "replaces version {version}, announced for {from}"
    ));
    Ok(())
}

/// What a server asks of a version before it goes over to it.
fn follows(next: &Form, current: &Form) -> bool {
    next.owner() == current.owner() && next.name() == current.name() && next.version() > current.version()
}

/// Warns where the version in force ends before the new one begins.
pub(super) fn warn_if_closed(say: &mut Say, earlier: &Earlier, from: Option<&Start>) {
    let Some(Start { day, .. }) = from.filter(|from| from.at > earlier.not_after) else { return };
    let end = earlier.not_after.text()[..10].to_owned();
    say.warn(words!("formulir tertutup dari {end} sampai {day}", "the form is closed from {end} until {day}"));
    say.hint(words!(
        "pilih hari yang lebih awal, atau terbitkan dulu versi sekarang dengan nomor baru",
        "choose an earlier day, or first publish the present version with a new number"
    ));
}

/// A page that says that nothing changes is none that anybody should be sent.
pub(super) fn refuse_nothing_to_announce(
    args: &Publish,
    earlier: &Earlier,
    definition: &Definition,
) -> Result<(), Failure> {
    let Some(page) = &args.announce else { return Ok(()) };
    if !earlier.changes.for_customers(definition, Lang::Id).is_empty() {
        return Ok(());
    }
    let page = shown(page);
    Err(Failure::Usage(
        words!("{page}: tidak ada yang berubah bagi pelanggan", "{page}: nothing changes for customers"),
        Some(words!("tanpa --announce", "leave --announce out")),
    ))
}

/// Warns where a wider use would begin before customers can have heard of it: rule V03.
pub(super) fn warn_if_soon(say: &mut Say, earlier: &Earlier, from: Option<&Start>, now: Time) {
    let soon = from.is_none_or(|from| from.at.unix() - now.unix() < LEAD);
    let Some(rule) = lint::rules().find(|rule| rule.id == "V03").filter(|_| soon) else { return };
    if earlier.changes.again().is_empty() {
        return;
    }
    let Words { id, en } = Words { id: rule.says.id.to_owned(), en: rule.says.en.to_owned() };
    say.warn(words!("V03: {id} [UU PDP Pasal 21(2)]", "V03: {en} [UU PDP Pasal 21(2)]"));
    let (id, en) = (rule.fix.id, rule.fix.en);
    say.hint(words!("{id}", "{en}"));
}

/// A page for customers: what changes, from when, and that nothing new happens to whoever does not answer.
pub(super) fn announce(
    say: &mut Say,
    path: &Path,
    form: &Form,
    earlier: &Earlier,
    from: &Start,
) -> Result<(), Failure> {
    let title = say.pick(words!("Perubahan pemberitahuan privasi", "A change of the privacy notice"));
    let mut paper = Paper::new(say.lang(), &title);
    for (code, lang) in [("id", Lang::Id), ("en", Lang::En)] {
        if form.languages().iter().any(|language| language == code) {
            paper.sheet(|paper| letter(paper, form, earlier, from, lang));
        }
    }
    place::replace(path, paper.end().as_bytes(), For::All)?;
    let file = shown(path);
    say.note(words!("pengumuman untuk pelanggan: {file}", "announcement for customers: {file}"));
    Ok(())
}

fn letter(paper: &mut Paper, form: &Form, earlier: &Earlier, from: &Start, lang: Lang) {
    let (business, day) = (form.definition().controller().name(), &from.day);
    let (heading, opening, changes) = match lang {
        Lang::Id => (
            format!("Mulai {day} pemberitahuan privasi kami berubah"),
            format!("Dari {business}, untuk semua yang mengisi formulir kami."),
            "Yang berubah:",
        ),
        Lang::En => (
            format!("From {day} our privacy notice changes"),
            format!("From {business}, to everybody who filled our form."),
            "What changes:",
        ),
    };
    paper.heading(&heading);
    paper.text(&opening);
    paper.part(changes);
    earlier.changes.for_customers(form.definition(), lang).iter().for_each(|line| paper.text(line));
    let again: Vec<&str> = earlier.changes.again().into_iter().collect();
    if !again.is_empty() {
        let purposes = purposes(form.definition(), &again, lang);
        paper.text(&match lang {
            Lang::Id => format!(
                "Untuk hal baru ini kami perlu persetujuan Anda lagi: {purposes}. Kalau setuju, isi formulir kami lagi mulai tanggal itu. Kalau Anda tidak menjawab, hal baru itu tidak kami lakukan."
            ),
            Lang::En => format!(
                "For this we need your consent again: {purposes}. If you agree, fill our form again from that day on. If you do not answer, we will not do it."
            ),
        });
    }
    let contact = contact(form);
    paper.text(&match lang {
        Lang::Id => format!("Persetujuan yang sudah Anda beri dapat ditarik kapan saja, gratis. Hubungi {contact}."),
        Lang::En => format!("You may withdraw what you agreed to at any time, free of charge. Reach us: {contact}."),
    });
}

/// What the purposes are for, in words.
fn purposes(definition: &Definition, ids: &[&str], lang: Lang) -> String {
    let code = if lang == Lang::Id { "id" } else { "en" };
    let text =
        |id: &&str| definition.purpose(id).map_or_else(|| (*id).to_owned(), |known| known.text().get(code).to_owned());
    ids.iter().map(text).collect::<Vec<_>>().join("; ")
}

/// The day of a time for people: that of the place where it is earliest, so that nothing begins before its day.
fn day_of(time: Time, profile: Profile) -> String {
    Time::from_unix(time.unix() + west(profile)).unwrap_or(time).text()[..10].to_owned()
}

/// Seconds east of UTC where a day begins last under a law: in western Indonesia, UTC+7; on the Azores, UTC−1.
const fn west(profile: Profile) -> i64 {
    match profile {
        Profile::Id => 7 * 3600,
        Profile::Eu => -3600,
    }
}

/// A week, in seconds: whoever reads a message on Sundays only has heard of it.
const LEAD: i64 = 7 * 24 * 3600;

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_shown_where_it_begins_last() {
        let day = |text: &str, profile| day_of(Time::parse(text).expect("a time"), profile);
        assert_eq!(day("2026-12-09T17:00:00Z", Profile::Id), "2026-12-10");
        assert_eq!(day("2026-12-09T16:59:59Z", Profile::Id), "2026-12-09");
        assert_eq!(day("2026-12-10T01:00:00Z", Profile::Eu), "2026-12-10");
        assert_eq!(day("2026-12-10T00:59:59Z", Profile::Eu), "2026-12-09");
    }
}
