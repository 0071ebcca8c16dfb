//! `segel publish`: check, test-open with every named key, sign, replace the earlier version, and print what to paste.

mod coming;
mod earlier;

use std::path::Path;

use segel_core::age::{Identity, Recipient};
use segel_core::key::{KeyFile, OwnerKey};
use segel_core::shape::Misfit;
use segel_core::{Definition, Form, limits};
use serde_json::json;

use crate::args::{Plain, Publish};
use crate::escape::escape;
use crate::keygen::{now, opens_a_test_seal};
use crate::lint::{self, Severity};
use crate::place::For;
use crate::say::{Failure, Say, shown, words};
use crate::{Exit, cause, check, keys, place};
use coming::Start;
use earlier::Earlier;

pub(crate) fn run(say: &mut Say, args: &Publish) -> Result<Exit, Failure> {
    refuse_mixed(args)?;
    let now = now()?;
    let from = Start::read(args, now)?;
    let (definition, text) = definition(say, args)?;
    coming::settle(say, args, now)?;
    let earlier = Earlier::read(args, &text)?;
    if let (None, Some(page)) = (&earlier, &args.announce) {
        let page = shown(page);
        return Err(Failure::Usage(
            words!(
                "{page}: tidak ada versi sebelumnya, jadi tidak ada yang berubah",
                "{page}: no version is there yet, so nothing changes"
            ),
            Some(words!("tanpa --announce", "leave --announce out")),
        ));
    }
    if let Some(earlier) = &earlier {
        earlier.tell(say, args);
        coming::warn_if_soon(say, earlier, from.as_ref(), now);
        coming::warn_if_closed(say, earlier, from.as_ref());
        earlier.must_be_older(args, &definition)?;
        coming::refuse_nothing_to_announce(args, earlier, &definition)?;
    }
    let files = keys::open_all(say, &args.keys)?;
    let Some(first) = files.first() else { return Err(keys::no_terminal()) };
    let owner = first.owner();
    if let Some(earlier) = &earlier {
        earlier.must_be_by(&owner)?;
    }
    refuse_staff(&definition, &owner)?;
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
    let (valid, previous) = (from.as_ref().map_or(now, |from| from.at), earlier.as_ref().map(|earlier| earlier.digest));
    let body = definition.publish(&owners, owner.identity().suite(), valid, previous);
    let body = body.map_err(|misfits| misfit(&misfits))?;
    let form = owner.sign(&body).map_err(|error| Failure::new(words!("{error}", "{error}")))?;
    if let Some(folder) = args.output.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        place::make_folder(folder)?;
    }
    if let (Some(earlier), Some(from)) = (&earlier, &from) {
        let path = coming::waiting(&args.output);
        place::replace(&path, form.bytes(), For::All)?;
        if let Some(page) = &args.announce {
            coming::announce(say, page, &form, earlier, from)?;
        }
        return match args.format {
            Plain::Text => report_coming(say, args, &form, from),
            Plain::Json => report_json(say, &path, &form, owners.len(), Some(earlier)),
        };
    }
    if let Some(earlier) = &earlier {
        let (kept, version) = (shown(&earlier.keep(&args.output)?), earlier.version);
        say.note(words!(
            "versi {version} disimpan: {kept} (untuk membuka kiriman yang lama)",
            "version {version} is kept: {kept} (to open older submissions)"
        ));
    }
    place::replace(&args.output, form.bytes(), For::All)?;
    match args.format {
        Plain::Text => report(say, args, &form, owners.len()),
        Plain::Json => report_json(say, &args.output, &form, owners.len(), earlier.as_ref()),
    }
}

/// Nothing that is written takes the place of what is read, or of another thing that is written.
fn refuse_mixed(args: &Publish) -> Result<(), Failure> {
    let inputs = args.keys.key.iter().chain(&args.keys.passphrase_file).chain([&args.definition]);
    let inputs: Vec<&Path> = inputs.map(AsRef::as_ref).collect();
    let next = coming::waiting(&args.output);
    let page = args.announce.as_deref();
    for output in [Some(args.output.as_path()), Some(&next), page].into_iter().flatten() {
        place::refuse_same(output, &inputs)?;
    }
    match page.filter(|page| [&args.output, &next].iter().any(|form| place::is_same(page, form))) {
        None => Ok(()),
        Some(page) => {
            let page = shown(page);
            Err(Failure::Usage(
                words!("{page} adalah formulirnya, bukan halaman", "{page} is the form, not a page"),
                Some(words!("pilih nama lain untuk --announce", "choose another name for --announce")),
            ))
        }
    }
}

/// What is said of a version that waits for its day.
fn report_coming(say: &mut Say, args: &Publish, form: &Form, from: &Start) -> Result<Exit, Failure> {
    let (name, output) = (shown(&coming::waiting(&args.output)), shown(&args.output));
    let (version, at, day, until) = (form.version(), from.at, &from.day, &form.not_after().text()[..10]);
    say.note(words!(
        "ditandatangani: {name}, versi {version}, berlaku mulai {at} sampai {until}",
        "signed: {name}, version {version}, valid from {at} until {until}"
    ));
    let digest = form.digest();
    say.note(words!("SHA-256: {digest}", "SHA-256: {digest}"));
    say.note(words!(
        "sampai saat itu {output} tetap berlaku; segel-server beralih sendiri bila {name} ada di foldernya",
        "until then {output} stays valid; segel-server goes over by itself where {name} is in its folder"
    ));
    say.hint(words!(
        "beri tahu pelanggan sekarang; di tempat lain ganti {output} dengan {name} pada {day}; sesudah itu beri keduanya ke segel open dengan --form",
        "tell customers now; elsewhere put {name} in the place of {output} on {day}; from then on give both to segel open with --form"
    ));
    Ok(Exit::Done)
}

/// The definition and its canonical text, once the linter has no error.
fn definition(say: &mut Say, args: &Publish) -> Result<(Definition, Vec<u8>), Failure> {
    let mut report = lint::check(&place::read(&args.definition, limits::FORM_BYTES)?, args.profile);
    let name = shown(&args.definition);
    let errors = report.count(Severity::Error);
    match report.definition.take() {
        Some(definition) if errors == 0 => Ok((definition, report.text)),
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

/// The first key signs, and a staff member's must not.
fn refuse_staff(definition: &Definition, first: &OwnerKey) -> Result<(), Failure> {
    let recipient = first.recipient();
    let Some(role) = definition.roles().iter().find(|role| role.keys().contains(&recipient)) else { return Ok(()) };
    let role = role.id();
    Err(Failure::hinted(
        words!(
            "kunci pertama milik peran {role}, bukan pemilik",
            "the first key is that of the role {role}, not the owner's"
        ),
        words!("beri kunci pemilik sebagai -k yang pertama", "give the owner's key as the first -k"),
    ))
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
    let Some(misfit) = misfits.first() else {
        return Failure::new(words!("tidak sesuai format", "does not fit the format"));
    };
    let (path, cause) = (escape(misfit.path()), cause::misfit(misfit.cause()));
    Failure::new(words!("{path}: {}", "{path}: {}", cause.id, cause.en))
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
    say.result(&snippet(form))?;
    Ok(Exit::Done)
}

fn report_json(
    say: &mut Say,
    file: &Path,
    form: &Form,
    readers: usize,
    earlier: Option<&Earlier>,
) -> Result<Exit, Failure> {
    let previous = earlier.map(|earlier| json!({"version": earlier.version, "sha256": earlier.digest.to_string()}));
    let document = json!({
        "file": file, "name": form.name().to_string(), "version": form.version(), "sha256": form.digest().to_string(),
        "owner": form.owner().to_string(), "not_before": form.not_before().text(), "not_after": form.not_after().text(), "readers": readers, "previous": previous,
        "changes": earlier.map(|earlier| earlier.changes.json()).unwrap_or_else(|| json!([])),
        "reconsent": earlier.map(|earlier| earlier.changes.again()).unwrap_or_default(), "html": snippet(form),
    });
    say.result(&format!("{document:#}\n"))?;
    Ok(Exit::Done)
}

/// What a page embeds.
fn snippet(form: &Form) -> String {
    let (name, owner) = (form.name(), form.owner());
    format!(
        "<link rel=\"preload\" href=\"/segel/segel.wasm\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n\
         <script type=\"module\" src=\"/segel/element.js\"></script>\n\
         <segel-form src=\"/forms/{name}.segel\" owner=\"{owner}\"></segel-form>\n"
    )
}
