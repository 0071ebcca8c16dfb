//! The published version that is replaced: what changed since, and that the new one has a later number.

use std::path::{Path, PathBuf};

use segel_core::id::{FormDigest, OwnerId};
use segel_core::key::OwnerKey;
use segel_core::time::Time;
use segel_core::{Definition, Form, limits};
use serde_json::Value;

use crate::args::{Plain, Publish};
use crate::cause::Cause as _;
use crate::changes::Changes;
use crate::place::{self, For};
use crate::say::{Failure, Say, shown, words};

/// The version that lies at the output.
pub(super) struct Earlier {
    pub(super) digest: FormDigest,
    pub(super) version: u32,
    pub(super) changes: Changes,
    /// Its last moment.
    pub(super) not_after: Time,
    owner: OwnerId,
    bytes: Vec<u8>,
}

impl Earlier {
    /// What lies at the output, if anything does, beside the definition that replaces it.
    pub(super) fn read(args: &Publish, definition: &[u8]) -> Result<Option<Self>, Failure> {
        let Some(form) = Self::form(&args.output)? else { return Ok(None) };
        let changes = Changes::between(&body(form.bytes()), &value(definition));
        let (digest, version, owner) = (form.digest(), form.version(), form.owner());
        let not_after = form.not_after();
        Ok(Some(Self { digest, version, changes, not_after, owner, bytes: form.bytes().to_vec() }))
    }

    /// The form at the output, if any is there.
    pub(super) fn form(output: &Path) -> Result<Option<Form>, Failure> {
        if !output.exists() {
            return Ok(None);
        }
        let name = shown(output);
        let form = Form::parse(&place::read(output, limits::FORM_BYTES)?).map_err(|error| {
            let cause = error.words();
            Failure::hinted(
                words!(
                    "{name} sudah ada dan bukan formulir terbit: {}",
                    "{name} exists and is not a published form: {}",
                    cause.id,
                    cause.en
                ),
                words!("pilih nama lain untuk -o", "choose another name for -o"),
            )
        })?;
        Ok(Some(form))
    }

    /// Keeps it beside the one that replaces it.
    pub(super) fn keep(&self, output: &Path) -> Result<PathBuf, Failure> {
        keep(output, self.version, &self.bytes)
    }

    /// Says what changed, and for which purposes customers must agree again.
    pub(super) fn tell(&self, say: &mut Say, args: &Publish) {
        if args.format == Plain::Json {
            return;
        }
        let (version, text) = (self.version, self.changes.text(say.lang()));
        let text = text.trim_end();
        if self.changes.is_empty() {
            return say.note(words!(
                "tidak ada yang berubah sejak versi {version}",
                "nothing changed since version {version}"
            ));
        }
        say.note(words!("berubah sejak versi {version}:\n{text}", "changed since version {version}:\n{text}"));
        let again: Vec<&str> = self.changes.again().into_iter().collect();
        if !again.is_empty() {
            let again = again.join(", ");
            say.note(words!("minta persetujuan lagi untuk: {again}", "ask consent again for: {again}"));
            say.hint(words!(
                "beri tahu pelanggan sebelum perubahan berlaku; siapa yang belum menyetujui versi baru tetap pada janji versi lama [UU PDP Pasal 21(2), 22]",
                "tell customers before it takes effect; who has not agreed to the new version keeps the old one's terms [UU PDP Pasal 21(2), 22]"
            ));
        }
    }

    /// # Errors
    /// If the definition's number is not later.
    pub(super) fn must_be_older(&self, args: &Publish, definition: &Definition) -> Result<(), Failure> {
        let (name, found, wanted, next) =
            (shown(&args.output), self.version, definition.version(), self.version.saturating_add(1));
        if wanted > found {
            return Ok(());
        }
        let hint = match self.changes.is_empty() {
            true => words!(
                "tidak ada yang perlu diterbitkan; untuk masa berlaku atau kunci baru tulis \"version\": {next}",
                "nothing needs publishing; for a new validity or new keys write \"version\": {next}"
            ),
            false => {
                words!("isinya berubah: tulis \"version\": {next}", "its content changed: write \"version\": {next}")
            }
        };
        Err(Failure::hinted(
            words!(
                "{name} sudah versi {found}; definisi ini versi {wanted}",
                "{name} is version {found} already; this definition is version {wanted}"
            ),
            hint,
        ))
    }

    /// # Errors
    /// If somebody else signed it.
    pub(super) fn must_be_by(&self, owner: &OwnerKey) -> Result<(), Failure> {
        let other = self.owner;
        if other == owner.owner_id() {
            return Ok(());
        }
        Err(Failure::hinted(
            words!(
                "versi sebelumnya ditandatangani pemilik lain, {other}",
                "the earlier version was signed by another owner, {other}"
            ),
            words!(
                "halaman yang menyebut pemilik itu akan menolak; hapus berkas lama bila memang diganti",
                "pages that name that owner would refuse; remove the old file if you mean to change owners"
            ),
        ))
    }
}

/// Keeps a version as `NAME-VERSION.segel`: what was sealed for it opens with it alone.
pub(super) fn keep(output: &Path, version: u32, bytes: &[u8]) -> Result<PathBuf, Failure> {
    let stem = output.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let kept = output.with_file_name(format!("{stem}-{version}.segel"));
    if !kept.exists() {
        place::replace(&kept, bytes, For::All)?;
    } else if place::read(&kept, limits::FORM_BYTES).ok().as_deref() != Some(bytes) {
        let (name, output) = (shown(&kept), shown(output));
        return Err(Failure::hinted(
            words!(
                "{name}: sudah ada dan isinya lain, jadi versi {version} dari {output} tidak dapat disimpan di situ",
                "{name}: exists and says something else, so version {version} of {output} cannot be kept there"
            ),
            words!("pindahkan dulu berkas itu ke tempat lain", "move that file elsewhere first"),
        ));
    }
    Ok(kept)
}

/// The body of a published form, behind the empty line.
fn body(form: &[u8]) -> Value {
    let start = form.windows(2).position(|pair| pair == b"\n\n").map_or(0, |at| at + 2);
    value(form.get(start..).unwrap_or_default())
}

/// The core read this text as JSON before.
fn value(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap_or(Value::Null)
}
