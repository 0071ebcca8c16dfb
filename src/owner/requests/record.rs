//! Writes down a wish that came by phone, chat, letter or at the counter. Whether the person is the customer, the owner has asked.

use indicatif::ProgressBar;
use segel_core::Envelope;
use segel_core::id::{FormDigest, SubmissionId};
use segel_core::register::{Asked, What};
use segel_core::time::Time;

use crate::args::{Answered, Requests, Wanted};
use crate::escape::escape;
use crate::keygen::now;
use crate::open::read_form;
use crate::register;
use crate::say::{Failure, Say, Words, shown, words};
use crate::{Exit, inbox, place};

pub(super) fn run(say: &mut Say, args: &Requests) -> Result<Exit, Failure> {
    // The grammar of the command line asks for both.
    let (Some(number), Some(by)) = (&args.number, args.by) else { return Ok(Exit::Nothing) };
    if place::is_dash(&args.input) {
        return Err(Failure::Usage(
            words!(
                "catatan disimpan di kotak masuk; beri foldernya, bukan -",
                "what is recorded is kept in the inbox; give its folder, not -"
            ),
            None,
        ));
    }
    let now = now()?;
    let at = args.on.as_deref().map_or(Ok(now), time)?;
    if at > now {
        return Err(Failure::Usage(words!("--on: belum terjadi", "--on: has not come yet"), None));
    }
    let number = number.to_uppercase();
    let (id, form) = find(args, &number)?;
    let what = match (args.record, args.done) {
        (Some(Wanted::Delete), _) => What::Delete,
        (Some(Wanted::Withdraw), _) => What::Withdraw(purpose(args, form)?),
        (Some(Wanted::Correct), _) | (None, Some(Answered::Correct)) => What::Correct,
        _ => What::Copy,
    };
    let (path, done) = (register::path(&args.input), args.done.is_some());
    register::change(say, &path, |register| {
        let open = register.wishes().any(|(asked, done)| asked.id == id && asked.what == what && !done);
        if done && !open {
            let input = shown(&args.input);
            return Err(Failure::hinted(
                words!("{number}: tidak ada permintaan seperti itu yang terbuka", "{number}: no such request is open"),
                words!("lihat semuanya: segel requests {input} --all", "see all of them: segel requests {input} --all"),
            ));
        }
        register.push(Asked { at, id, what: what.clone(), by, done });
        Ok(())
    })?;
    let Words { id: wish_id, en: wish_en } = register::wish(&what);
    let path = shown(&path);
    if done {
        say.note(words!(
            "dicatat di {path}: {number}, {wish_id}, sudah dijawab",
            "noted in {path}: {number}, {wish_en}, done"
        ));
        return Ok(Exit::Done);
    }
    let due = super::due(at);
    say.note(words!(
        "dicatat di {path}: {number}, {wish_id}; paling lambat {due}",
        "noted in {path}: {number}, {wish_en}; by {due} at the latest"
    ));
    say.hint(next(args, &number, &what));
    Ok(Exit::Done)
}

/// The submission of that number, and the form it was sealed for.
fn find(args: &Requests, number: &str) -> Result<(SubmissionId, FormDigest), Failure> {
    let mut found: Vec<(SubmissionId, FormDigest)> = Vec::new();
    inbox::each(&args.input, &ProgressBar::hidden(), |_, record| {
        if let Ok(envelope) = Envelope::parse(record.envelope())
            && envelope.head().id().number() == number
        {
            let one = (envelope.head().id(), envelope.head().form());
            if !found.iter().any(|(id, _)| *id == one.0) {
                found.push(one);
            }
        }
        Ok(())
    })?;
    let (input, number) = (shown(&args.input), escape(number));
    match found[..] {
        [one] => Ok(one),
        [] => Err(Failure::hinted(
            words!("{input}: tidak ada kiriman bernomor {number}", "{input}: no submission has the number {number}"),
            words!(
                "cari nomornya: segel subject {input} --find NAMA -k owner.key --form FILE",
                "look for the number: segel subject {input} --find NAME -k owner.key --form FILE"
            ),
        )),
        // Forty bits: whoever wants can make a second one, and nobody is deleted in another's place.
        _ => Err(Failure::new(words!(
            "{input}: beberapa kiriman bernomor {number}; tidak ada yang dicatat",
            "{input}: several submissions have the number {number}; nothing was noted"
        ))),
    }
}

/// The purpose, which must be one of the form that the customer filled: a word that is none would be obeyed by nobody.
fn purpose(args: &Requests, filled: FormDigest) -> Result<String, Failure> {
    let (Some(purpose), Some(path)) = (&args.purpose, &args.form) else {
        return Err(Failure::Usage(
            words!("penarikan perlu --purpose dan --form", "a withdrawal needs --purpose and --form"),
            Some(words!(
                "misalnya --purpose penawaran --form forms/daftar.segel",
                "for example --purpose penawaran --form forms/daftar.segel"
            )),
        ));
    };
    let form = read_form(path)?;
    if form.digest() != filled {
        let path = shown(path);
        return Err(Failure::Usage(
            words!("{path}: bukan formulir yang diisi pelanggan ini", "{path}: not the form that this customer filled"),
            Some(words!("beri versi dengan sidik {filled}", "give the version with digest {filled}")),
        ));
    }
    if form.definition().purpose(purpose).is_none() {
        let known: Vec<&str> = form.purposes().iter().map(segel_core::purpose::Purpose::id).collect();
        let (purpose, known) = (escape(purpose), known.join(", "));
        return Err(Failure::Usage(
            words!("formulir tidak punya tujuan {purpose}", "the form has no purpose {purpose}"),
            Some(words!("yang ada: {known}", "it has: {known}")),
        ));
    }
    Ok(purpose.clone())
}

fn next(args: &Requests, number: &str, what: &What) -> Words {
    let input = shown(&args.input);
    match what {
        What::Delete => words!(
            "hapus di sini: segel purge {input} --form FILE; di server kiriman itu tetap terkunci sampai masanya habis atau pelanggan menghapusnya dengan buktinya",
            "delete here: segel purge {input} --form FILE; at the server it stays, locked, until its time is over or the customer deletes it with the receipt"
        ),
        What::Withdraw(_) => words!(
            "segel open menaatinya mulai sekarang, buka.html bila berkas ini ikut diberikan; buang tabel yang disimpan sebelumnya",
            "segel open obeys it from now on, buka.html where it is given this file too; throw away tables saved before"
        ),
        What::Copy => words!(
            "salinannya: segel subject {input} --number {number} …; kirim ke kontak yang tercatat; lalu: segel requests {input} --done copy --number {number} --by …",
            "the copy: segel subject {input} --number {number} …; send it to the contact on file; then: segel requests {input} --done copy --number {number} --by …"
        ),
        _ => words!(
            "yang tersegel tidak dapat diubah: isi formulir lagi, hapus yang lama; lalu: segel requests {input} --done correct --number {number} --by …",
            "what is sealed cannot be changed: fill the form again, delete the old one; then: segel requests {input} --done correct --number {number} --by …"
        ),
    }
}

/// A time; of a day its beginning where it begins first in Indonesia, so that no clock starts late.
fn time(text: &str) -> Result<Time, Failure> {
    let day = || Time::parse(&format!("{text}T00:00:00Z")).and_then(|day| Time::from_unix(day.unix() - EAST));
    Time::parse(text).or_else(day).ok_or_else(|| {
        Failure::Usage(
            words!("--on: bukan waktu", "--on: not a time"),
            Some(words!("seperti 2026-11-25 atau 2026-11-25T10:00:00Z", "like 2026-11-25 or 2026-11-25T10:00:00Z")),
        )
    })
}

/// UTC+9, in seconds.
const EAST: i64 = 9 * 3600;
