//! `segel publish`: check, test-open with every named key, sign, replace the earlier version, and print what to paste.

use std::path::Path;

use segel_core::age::{Identity, Recipient};
use segel_core::id::FormDigest;
use segel_core::key::{KeyFile, OwnerKey};
use segel_core::shape::Misfit;
use segel_core::{Definition, Form, limits};

use crate::args::Publish;
use crate::escape::escape;
use crate::keygen::{now, opens_a_test_seal};
use crate::lint::{self, Severity};
use crate::place::For;
use crate::say::{Failure, Say, shown, words};
use crate::{Exit, check, keys, place};

pub(crate) fn run(say: &mut Say, args: &Publish) -> Result<Exit, Failure> {
    let inputs: Vec<&Path> = args.keys.key.iter().chain([&args.definition]).map(AsRef::as_ref).collect();
    place::refuse_same(&args.output, &inputs)?;
    let definition = definition(say, args)?;
    let previous = previous(&args.output, &definition)?;
    let files = keys::open_all(say, &args.keys)?;
    let Some(first) = files.first() else { return Err(keys::no_terminal()) };
    let owner = first.owner();
    if let Some((_, other)) = previous.filter(|(_, previous)| *previous != owner.owner_id()) {
        return Err(Failure::hinted(
            words!(
                "versi sebelumnya ditandatangani pemilik lain, {other}",
                "the earlier version was signed by another owner, {other}"
            ),
            words!(
                "halaman yang menyebut pemilik itu akan menolak; hapus berkas lama bila memang diganti",
                "pages that name that owner would refuse; remove the old file if you mean to change owners"
            ),
        ));
    }
    let owners = readers(&definition, &owner, &files);
    prove(&definition, &owners, &files)?;
    if owners.len() < 2 && !args.no_spare {
        return Err(Failure::hinted(
            words!(
                "tidak ada kunci cadangan: kunci hilang berarti semua data hilang",
                "no spare key: a lost key is lost data"
            ),
            words!(
                "buat dengan `segel keygen --spare`, beri dengan -k, atau nyatakan --no-spare",
                "make one with `segel keygen --spare`, give it with -k, or say --no-spare"
            ),
        ));
    }
    let body = definition.publish(&owners, owner.identity().suite(), now()?, previous.map(|(digest, _)| digest));
    let body = body.map_err(|misfits| misfit(&misfits))?;
    let form = owner.sign(&body).map_err(|error| Failure::new(words!("{error}", "{error}")))?;
    if let Some(folder) = args.output.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        place::make_folder(folder)?;
    }
    place::replace(&args.output, form.bytes(), For::All)?;
    report(say, args, &form, owners.len())
}

fn definition(say: &mut Say, args: &Publish) -> Result<Definition, Failure> {
    let report = lint::check(&place::read(&args.definition, limits::FORM_BYTES)?, args.profile);
    let name = shown(&args.definition);
    let errors = report.count(Severity::Error);
    match report.definition {
        Some(definition) if errors == 0 => Ok(definition),
        _ => {
            let text = check::told(say, &report, &name, args.profile);
            let text = text.trim_end();
            say.note(words!("{text}", "{text}"));
            Err(Failure::hinted(
                words!("{name}: {errors} galat, tidak diterbitkan", "{name}: {errors} error(s), not published"),
                words!("lihat semuanya dengan: segel check {name}", "see them all with: segel check {name}"),
            ))
        }
    }
}

/// Digest and owner of the version that will be replaced; the new one must be later.
fn previous(output: &Path, definition: &Definition) -> Result<Option<(FormDigest, segel_core::id::OwnerId)>, Failure> {
    if !output.exists() {
        return Ok(None);
    }
    let name = shown(output);
    let old = Form::parse(&place::read(output, limits::FORM_BYTES)?).map_err(|error| {
        Failure::hinted(
            words!(
                "{name} sudah ada dan bukan formulir terbit: {error}",
                "{name} exists and is not a published form: {error}"
            ),
            words!("pilih nama lain untuk -o", "choose another name for -o"),
        )
    })?;
    let (found, wanted) = (old.version(), definition.version());
    if wanted <= found {
        return Err(Failure::hinted(
            words!(
                "{name} sudah versi {found}; definisi ini versi {wanted}",
                "{name} is version {found} already; this definition is version {wanted}"
            ),
            words!("naikkan \"version\" dalam definisi", "raise \"version\" in the definition"),
        ));
    }
    Ok(Some((old.digest(), old.owner())))
}

/// The owner's readers: the signing key, its proven spares, and every other given key that is no role's.
fn readers(definition: &Definition, owner: &OwnerKey, files: &[KeyFile]) -> Vec<Recipient> {
    let roles: Vec<&Recipient> = definition.roles().iter().flat_map(|role| role.keys()).collect();
    let given = keys::identities(files).into_iter().map(|identity| identity.recipient());
    let mut readers = vec![owner.recipient()];
    for reader in files[0].spares().iter().cloned().chain(given) {
        if !readers.contains(&reader) && !roles.contains(&&reader) {
            readers.push(reader);
        }
    }
    readers
}

/// Every reader opened a test seal: now, with a key that was given, or when the owner's key file was made.
fn prove(definition: &Definition, owners: &[Recipient], files: &[KeyFile]) -> Result<(), Failure> {
    let identities: Vec<Identity> = keys::identities(files);
    let roles = definition.roles().iter().flat_map(|role| role.keys().iter().map(move |key| (role.id(), key)));
    for (role, reader) in owners.iter().map(|key| ("owner", key)).chain(roles) {
        let held = identities.iter().find(|identity| identity.recipient() == *reader);
        let proven = match held {
            Some(identity) => opens_a_test_seal(reader, identity)?,
            None => files[0].spares().contains(reader),
        };
        if !proven {
            let key = reader.to_text();
            let key = &key[..key.len().min(20)];
            return Err(Failure::hinted(
                words!(
                    "kunci {key}… ({role}) belum membuktikan dapat membuka",
                    "key {key}… ({role}) has not shown that it opens"
                ),
                words!("beri kunci rahasianya dengan -k", "give its secret key with -k"),
            ));
        }
    }
    Ok(())
}

fn misfit(misfits: &[Misfit]) -> Failure {
    let text = misfits.first().map(|misfit| escape(&misfit.to_string())).unwrap_or_default();
    Failure::new(words!("{text}", "{text}"))
}

fn report(say: &mut Say, args: &Publish, form: &Form, readers: usize) -> Result<Exit, Failure> {
    let (name, version, until) = (shown(&args.output), form.version(), &form.not_after().text()[..10]);
    say.note(words!(
        "diterbitkan: {name}, versi {version}, berlaku sampai {until}",
        "published: {name}, version {version}, valid until {until}"
    ));
    let digest = form.digest();
    say.note(words!("SHA-256: {digest}", "SHA-256: {digest}"));
    say.note(words!(
        "{readers} kunci dapat membuka bagian pemilik; semuanya sudah terbukti",
        "{readers} key(s) can open the owner's part; all are proven"
    ));
    say.note(words!("tempel ini di halaman toko:", "paste this into the shop's page:"));
    let (form_name, owner) = (form.name(), form.owner());
    say.result(&format!(
        "<link rel=\"preload\" href=\"/segel/segel.wasm\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n\
         <script type=\"module\" src=\"/segel/element.js\"></script>\n\
         <segel-form src=\"/forms/{form_name}.segel\" owner=\"{owner}\"></segel-form>\n"
    ))?;
    Ok(Exit::Done)
}
