//! Who is to be told that their data was deleted, while it can still be read (UU PDP Art. 45).

use std::path::Path;

use segel_core::Form;
use segel_core::time::{Span, Time};
use segel_core::uses::Act;

use super::due;
use crate::args::{Due, Keys, Lang};
use crate::keygen::now;
use crate::letters::{To, contact};
use crate::paper::Paper;
use crate::people::{Found, Reader};
use crate::place::{self, For};
use crate::said::{Input, Said};
use crate::say::{Failure, Say, shown, words};

/// What a letter says besides whom it is for.
struct Letter {
    to: To,
    business: String,
    contact: String,
    day: String,
    backups: String,
    asked: bool,
}

/// Writes a letter for each submission that is due.
pub(super) fn write(
    say: &mut Say,
    args: &Due,
    output: &Path,
    input: &Input,
    said: &Said,
    until: Time,
) -> Result<(), Failure> {
    let inputs = args.key.iter().chain(&args.form).chain([&args.input]).map(AsRef::as_ref);
    place::refuse_same(output, &inputs.collect::<Vec<&Path>>())?;
    let keys = Keys { key: args.key.clone(), passphrase_file: args.passphrase_file.clone() };
    let reader = Reader::new(say, &args.form, &keys)?;
    let today = now()?;
    let mut using = reader.begin(say, Act::Letters, &args.input, Some(output))?;
    let found: Found<Letter> = reader.search(say, input, |record, envelope| {
        if due(&reader.forms, said, record).is_none_or(|time| time > until) {
            return Ok(None);
        }
        let (form, opened) = reader.open(envelope, record)?;
        Ok(Some(Letter {
            to: To::new(form, &opened),
            business: form.definition().controller().name().to_owned(),
            contact: contact(form),
            day: day(today),
            backups: day(today.plus(backups(form))),
            asked: said.deletion(envelope).is_some(),
        }))
    })?;
    found.note(&mut using);
    let title = say.pick(words!("Pemberitahuan penghapusan", "Notices of deletion"));
    let mut paper = Paper::new(say.lang(), &title);
    for letter in &found.found {
        paper.sheet(|paper| letter.print(paper, args.still_kept.as_deref()));
    }
    place::replace(output, paper.end().as_bytes(), For::Owner)?;
    using.end(say);
    let (count, file) = (found.found.len(), shown(output));
    say.note(words!("{count} surat di {file}", "{count} letter(s) in {file}"));
    if found.failed > 0 {
        let failed = found.failed;
        say.warn(words!(
            "{failed} kiriman tidak terbuka; pelanggannya tidak dapat diberi tahu",
            "{failed} submission(s) did not open; their customers cannot be told"
        ));
    }
    say.hint(words!(
        "hapus dengan segel purge, lalu kirim surat-suratnya, lalu hapus berkas ini",
        "delete with segel purge, then send the letters, then delete this file"
    ));
    Ok(())
}

impl Letter {
    fn print(&self, paper: &mut Paper, still_kept: Option<&str>) {
        let Self { to, business, contact, day, backups, asked } = self;
        let (called, data) = (to.called(), to.data());
        to.head(paper);
        match to.lang {
            Lang::Id => {
                let reason = if *asked { "permintaan Anda" } else { "masa simpan habis" };
                let kept = still_kept.unwrap_or("tidak ada");
                paper.text(&format!(
                    "Kepada {called}.\nPada {day} {business} telah menghapus data pribadi Anda: {data}.\nAlasan: {reason}.\n\
                     Salinan cadangan yang terkunci hilang paling lambat {backups}.\nYang tetap kami simpan: {kept}.\nTerima kasih.\n{contact}"
                ));
            }
            Lang::En => {
                let reason = if *asked { "your request" } else { "the time of keeping is over" };
                let kept = still_kept.unwrap_or("nothing");
                paper.text(&format!(
                    "To {called}.\nOn {day} {business} deleted your personal data: {data}.\nReason: {reason}.\n\
                     Locked backup copies disappear by {backups}.\nWhat we still keep: {kept}.\nThank you.\n{contact}"
                ));
            }
        }
    }
}

fn backups(form: &Form) -> Span {
    Span::days(u16::try_from(form.definition().backup_days()).unwrap_or(u16::MAX))
}

fn day(time: Time) -> String {
    time.text()[..10].to_owned()
}
