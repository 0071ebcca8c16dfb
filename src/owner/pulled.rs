//! How far an inbox knows what customers withdrew: the mark that `segel pull` leaves beside the exports each time everything that the server
//! had has arrived, also where that was nothing. Without a mark of the last 24 hours data is not opened for a purpose (UU PDP Art. 40): a
//! withdrawal may have come since. FORMAT §12.2.

use std::path::{Path, PathBuf};

use segel_core::export::Mark;
use segel_core::id::FormName;
use segel_core::time::Time;

use crate::inbox::Numbers;
use crate::place::{self, For};
use crate::said::{Input, Said};
use crate::say::{Failure, Say, Words, shown, words};

/// Marks that all that a server had at a time is in the folder, up to a sequence.
pub(crate) fn mark(folder: &Path, form: &FormName, at: Time, end: u64) -> Result<(), Failure> {
    let mark = Mark { form: form.clone(), at, end };
    place::replace(&path(folder, form), mark.text().as_bytes(), For::Owner)
}

/// Takes the marks of these forms to another inbox that holds the same; one there that is as late stays.
pub(crate) fn copy<'a>(from: &Path, to: &Path, forms: impl Iterator<Item = &'a FormName>) -> Result<(), Failure> {
    for form in forms {
        let Some(pulled) = read(from, form)? else { continue };
        if read(to, form)?.is_none_or(|there| there.at < pulled.at) {
            mark(to, form, pulled.at, pulled.end)?;
        }
    }
    Ok(())
}

/// Refuses to take data out of an inbox that does not know the withdrawals of the last 24 hours, or warns where `stale` says to go on. A
/// single export never knows, and an inbox of `segel gather` has no server behind it that could tell: the one is warned of, the other not.
pub(crate) fn refuse_stale(say: &mut Say, input: &Input, said: &Said, now: Time, stale: bool) -> Result<(), Failure> {
    if !input.path().is_dir() {
        warn_of_one(say, input, said, now);
        return Ok(());
    }
    for (form, known) in said.known().filter(|(_, known)| known.numbers == Numbers::Server) {
        let doubt = match read(input.path(), form)? {
            Some(pulled) => doubt(form, &pulled, known.end, now),
            None => Some(words!(
                "tidak ada {form}.{ENDING}: kapan terakhir diambil tidak diketahui",
                "there is no {form}.{ENDING}: when it was last pulled is not known"
            )),
        };
        let Some(Words { id, en }) = doubt else { continue };
        let folder = shown(input.path());
        let cause = words!(
            "{folder}: penarikan persetujuan bisa belum ada di sini: {id}",
            "{folder}: withdrawals may be missing here: {en}"
        );
        if !stale {
            return Err(Failure::hinted(
                cause,
                words!(
                    "ambil dulu dengan `segel pull`; --stale membuka yang ada, atas tanggungan Anda",
                    "fetch them with `segel pull`; --stale opens what is here, and you answer for it"
                ),
            ));
        }
        say.warn(cause);
    }
    Ok(())
}

/// Why a mark does not stand for the withdrawals of the last 24 hours.
fn doubt(form: &FormName, pulled: &Mark, end: Option<u64>, now: Time) -> Option<Words> {
    let Mark { at, end: marked, .. } = *pulled;
    let age = now.unix() - at.unix();
    match end {
        _ if age > FRESH => Some(words!(
            "{form} terakhir diambil {at}, lebih dari 24 jam lalu",
            "{form} was last pulled {at}, more than 24 hours ago"
        )),
        // Else a clock that was set back would keep a mark fresh for as long.
        _ if age < -SKEW => Some(words!(
            "{form} terakhir diambil {at}, yang belum tiba; jam komputer ini atau yang mengambil salah",
            "{form} was last pulled {at}, which is still to come; the clock of this machine or the one that pulled is wrong"
        )),
        Some(end) if end < marked => Some(words!(
            "{form} diambil sampai nomor {marked}, ekspor di sini hanya sampai {end}",
            "{form} was pulled up to number {marked}, the exports here end at {end}"
        )),
        _ => None,
    }
}

fn warn_of_one(say: &mut Say, input: &Input, said: &Said, now: Time) {
    let Some(last) = said.last().filter(|last| now.unix() - last.unix() > FRESH) else { return };
    let file = input.name();
    say.warn(words!(
        "{file} berakhir {last}; penarikan sesudah itu tidak ada di dalamnya",
        "{file} ends {last}; withdrawals since then are not in it"
    ));
}

/// The mark of a form; one that cannot be read tells nothing and is refused.
fn read(folder: &Path, form: &FormName) -> Result<Option<Mark>, Failure> {
    let path = path(folder, form);
    if !path.exists() {
        return Ok(None);
    }
    let bytes = place::read(&path, MAX)?;
    let pulled = Mark::parse(&bytes).filter(|mark| mark.form == *form);
    pulled.map(Some).ok_or_else(|| {
        let name = shown(&path);
        Failure::hinted(
            words!("{name}: bukan tanda dari `segel pull`", "{name}: not a mark of `segel pull`"),
            words!("hapus berkas itu, lalu ambil lagi dengan `segel pull`", "delete that file, then run `segel pull`"),
        )
    })
}

fn path(folder: &Path, form: &FormName) -> PathBuf {
    folder.join(format!("{form}.{ENDING}"))
}

const ENDING: &str = "pulled";
/// Bytes of a mark.
const MAX: usize = 1024;
const FRESH: i64 = Mark::FRESH;
const SKEW: i64 = Mark::SKEW;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stands_for_a_day_from_its_time_and_not_for_less_than_it_says() {
        let form = FormName::parse("daftar").unwrap();
        let now = Time::parse("2026-11-26T12:00:00Z").unwrap();
        for (at, end, fresh) in [
            ("2026-11-26T12:00:00Z", 5, true),
            ("2026-11-25T12:00:00Z", 5, true),
            ("2026-11-25T11:59:59Z", 5, false),
            ("2026-11-26T12:15:00Z", 5, true),
            ("2026-11-26T12:15:01Z", 5, false),
            ("2026-11-26T12:00:00Z", 6, true),
            ("2026-11-26T12:00:00Z", 4, false),
        ] {
            let pulled = Mark { form: form.clone(), at: Time::parse(at).unwrap(), end: 5 };
            assert_eq!(doubt(&form, &pulled, Some(end), now).is_none(), fresh, "{at}, {end}");
        }
        let pulled = Mark { form: form.clone(), at: now, end: 5 };
        assert!(doubt(&form, &pulled, None, now).is_none(), "a damaged export is named as such");
    }
}
