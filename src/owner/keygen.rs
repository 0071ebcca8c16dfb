//! `segel keygen`: the owner's key, a spare, the printable sheet; or a staff member's key. Nothing is overwritten, and nothing is called ready before it was read
//! back from disk and opened a test seal.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use getrandom::SysRng;
use segel_core::age::{Recipient, Suite};
use segel_core::id::is_id;
use segel_core::key::{self, KeyFile, OwnerKey};
use segel_core::limits;
use segel_core::part::OWNER;
use segel_core::time::Time;
use segel_paper::{Strength, strength};
use zeroize::Zeroizing;

use crate::args::Keygen;
use crate::cause::Cause as _;
use crate::keys;
use crate::place::For;
use crate::say::{Failure, Say, Words, shown, words};
use crate::{Exit, place, sheet};

pub(crate) fn run(say: &mut Say, args: &Keygen) -> Result<Exit, Failure> {
    let public = args.output.with_extension("pub");
    let targets: Vec<&PathBuf> =
        [Some(&args.output), Some(&public), args.spare.as_ref(), args.sheet.as_ref()].into_iter().flatten().collect();
    refuse_taken(&targets, args.spare.as_ref())?;
    if let Some(role) = &args.role {
        return staff(say, args, &public, role);
    }
    let passphrase = new_passphrase(say, args)?;
    let made = now()?;
    let suite = if args.classic { Suite::X25519 } else { Suite::Hybrid };
    let owner = new_key(suite)?;
    let spare = args.spare.as_ref().map(|path| new_key(suite).map(|key| (path, key))).transpose()?;

    let mut spares = Vec::new();
    if let Some((path, key)) = &spare {
        write_key(path, key, &[], made, &passphrase, args.work_factor)?;
        prove(path, key, &passphrase)?;
        spares.push(key.recipient());
    }
    write_key(&args.output, &owner, &spares, made, &passphrase, args.work_factor)?;
    prove(&args.output, &owner, &passphrase)?;
    place::create(&public, key::write_public(&owner, &spares, made).as_bytes(), For::All)?;
    if let Some(path) = &args.sheet {
        let sheet = sheet::write(&owner, spare.as_ref().map(|(_, key)| key), made)?;
        place::create(path, sheet.as_bytes(), For::Owner)?;
    }
    report(say, args, &public, &owner)
}

/// A staff member's key: it opens its role's parts, and signs nothing. FORMAT §3.3.
fn staff(say: &mut Say, args: &Keygen, public: &Path, role: &str) -> Result<Exit, Failure> {
    if !is_id(role) || role == OWNER {
        return Err(Failure::Usage(
            words!("--role: bukan nama peran", "--role: not the name of a role"),
            Some(words!(
                "huruf kecil, angka, dan _; misalnya kasir; owner sudah milik Anda",
                "lower-case letters, digits and _; for example kasir; owner is yours already"
            )),
        ));
    }
    let passphrase = new_passphrase(say, args)?;
    let key = new_key(if args.classic { Suite::X25519 } else { Suite::Hybrid })?;
    let (made, recipient) = (now()?, key.recipient().to_text());
    let mut text = Zeroizing::new(format!("# segel staff key, role {role}, made {made}\n"));
    text.push_str(&key.identity().to_text());
    text.push('\n');
    write_text(&args.output, &text, &passphrase, args.work_factor)?;
    prove(&args.output, &key, &passphrase)?;
    let text = format!("# segel public key, role {role}, made {made}\n{recipient}\n");
    place::create(public, text.as_bytes(), For::All)?;
    let (key, public) = (shown(&args.output), shown(public));
    say.note(words!(
        "kunci staf untuk peran {role}: {key} (hanya untuk orang itu)",
        "staff key for role {role}: {key} (for that person only)"
    ));
    say.note(words!("kunci publik: {public}", "public key: {public}"));
    say.note(words!("kunci ini sudah membuka segel uji", "the key opened a test seal"));
    say.result(&format!("{recipient}\n"))?;
    say.hint(words!(
        "tulis baris itu dalam \"keys\" peran {role} di definisi, lalu: segel publish … -k owner.key -k {key}",
        "put that line into \"keys\" of role {role} in the definition, then: segel publish … -k owner.key -k {key}"
    ));
    Ok(Exit::Done)
}

/// A test seal to a key, opened with it: proof that what is held opens what will be sealed.
pub(crate) fn opens_a_test_seal(recipient: &Recipient, identity: &segel_core::age::Identity) -> Result<bool, Failure> {
    key::opens_a_test_seal(recipient, identity, &mut SysRng).map_err(|error| Failure::new(error.words()))
}

/// The clock of this machine.
pub(crate) fn now() -> Result<Time, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok();
    since.and_then(|since| Time::from_unix(i64::try_from(since.as_secs()).ok()?)).ok_or_else(|| {
        Failure::new(words!("jam komputer ini tidak masuk akal", "the clock of this machine makes no sense"))
    })
}

fn refuse_taken(targets: &[&PathBuf], spare: Option<&PathBuf>) -> Result<(), Failure> {
    let is_there = |path: &PathBuf| std::fs::symlink_metadata(path).is_ok();
    for (index, path) in targets.iter().enumerate() {
        if targets[..index].contains(path) {
            let name = shown(path);
            return Err(Failure::Usage(words!("{name} disebut dua kali", "{name} is named twice"), None));
        }
        if is_there(path) {
            let name = shown(path);
            // The spare is written first: alone it may be what an interrupted run left.
            let hint = match spare == Some(path) && !targets.first().is_some_and(|first| is_there(first)) {
                true => words!(
                    "pilih nama lain; hanya bila keygen baru saja terputus, itu sisanya, belum pernah dipakai dan boleh dipindahkan",
                    "choose another name; only if a keygen was interrupted just now is it what that left, never used, and may be moved away"
                ),
                false => words!(
                    "pilih nama lain; kunci yang sudah ada mungkin yang membuka kiriman pelanggan: jangan dibuang",
                    "choose another name; a key that is there may be what opens your customers' submissions: do not throw it away"
                ),
            };
            return Err(Failure::hinted(
                words!(
                    "{name} sudah ada; kunci tidak pernah ditimpa",
                    "{name} exists already; keys are never overwritten"
                ),
                hint,
            ));
        }
    }
    Ok(())
}

fn new_passphrase(say: &mut Say, args: &Keygen) -> Result<Zeroizing<String>, Failure> {
    if let Some(file) = &args.passphrase_file {
        let passphrase = keys::first_line(file)?;
        if strength(&passphrase) == Strength::Weak && !args.weak_passphrase {
            let name = shown(file);
            return Err(Failure::hinted(
                words!("{name}: kata sandi ini terlalu mudah ditebak", "{name}: this passphrase is too easy to guess"),
                words!(
                    "pakai enam kata acak; --weak-passphrase menerimanya juga, untuk kunci yang tidak melindungi apa-apa",
                    "take six random words; --weak-passphrase accepts it too, for a key that protects nothing"
                ),
            ));
        }
        return Ok(passphrase);
    }
    loop {
        let first = ask(say, words!("Kata sandi baru", "New passphrase"))?;
        let strength = strength(&first);
        if strength == Strength::Weak && !args.weak_passphrase {
            say.note(words!("  terlalu mudah ditebak", "  too easy to guess"));
            let drawn = segel_paper::passphrase(&mut SysRng).map_err(|error| Failure::new(error.words()))?;
            let drawn = &*drawn;
            say.note(words!(
                "  enam kata yang baru diundi; tulis di kertas sebelum dipakai: {drawn}",
                "  six words drawn just now; write them on paper before you take them: {drawn}"
            ));
            continue;
        }
        if strength == Strength::Fair {
            say.note(words!(
                "  boleh dipakai; kuat hanya kalau bukan kalimat yang dikenal, nama, atau tanggal",
                "  it may do; it is strong only if it is no known phrase, name or date"
            ));
        }
        if ask(say, words!("Sekali lagi", "Once more"))? == first {
            return Ok(first);
        }
        say.note(words!("  kedua kata sandi berbeda; ulangi", "  the two passphrases differ; again"));
    }
}

fn ask(say: &Say, words: Words) -> Result<Zeroizing<String>, Failure> {
    match say.ask_secret(words) {
        Some(Ok(text)) => Ok(Zeroizing::new(text)),
        Some(Err(error)) => Err(Failure::file(Path::new("-"), &error)),
        None => Err(keys::no_terminal()),
    }
}

fn new_key(suite: Suite) -> Result<OwnerKey, Failure> {
    OwnerKey::generate(suite, &mut SysRng).map_err(|error| Failure::new(error.words()))
}

fn write_key(
    path: &Path,
    key: &OwnerKey,
    spares: &[Recipient],
    made: Time,
    passphrase: &str,
    work: u8,
) -> Result<(), Failure> {
    write_text(path, &KeyFile::write(key, spares, made), passphrase, work)
}

fn write_text(path: &Path, text: &str, passphrase: &str, work: u8) -> Result<(), Failure> {
    let locked = KeyFile::lock(text, passphrase, work, &mut SysRng).map_err(|error| Failure::new(error.words()))?;
    place::create(path, &locked, For::Owner)
}

fn prove(path: &Path, key: &OwnerKey, passphrase: &str) -> Result<(), Failure> {
    let bytes = place::read(path, limits::KEY_FILE_BYTES)?;
    let proven = match KeyFile::unlock(&bytes, passphrase) {
        Ok(file) => opens_a_test_seal(&key.recipient(), file.owner().identity())?,
        Err(_) => false,
    };
    let name = shown(path);
    if proven {
        return Ok(());
    }
    Err(Failure::hinted(
        words!("{name}: kunci yang baru ditulis tidak bisa membuka", "{name}: the key just written does not open"),
        words!("jangan pakai berkas ini; periksa penyimpanan Anda", "do not use this file; check your storage"),
    ))
}

fn report(say: &mut Say, args: &Keygen, public: &Path, owner: &OwnerKey) -> Result<Exit, Failure> {
    let (key, public, id) = (shown(&args.output), shown(public), owner.owner_id());
    say.note(words!("kunci pemilik: {key} (jangan dibagikan)", "owner's key: {key} (never share it)"));
    say.note(words!("kunci publik:  {public}", "public key:  {public}"));
    if let Some(spare) = &args.spare {
        let spare = shown(spare);
        say.note(words!(
            "kunci cadangan: {spare} (simpan di tempat lain)",
            "spare key: {spare} (keep it in another place)"
        ));
    }
    if let Some(sheet) = &args.sheet {
        let sheet = shown(sheet);
        say.note(words!(
            "lembar pemulihan: {sheet} (cetak, simpan, lalu hapus)",
            "recovery sheet: {sheet} (print it, keep it, then delete it)"
        ));
    }
    say.note(words!("semua kunci sudah membuka segel uji", "every key opened a test seal"));
    say.result(&format!("{id}\n"))?;
    if args.spare.is_none() {
        say.warn(words!(
            "tidak ada kunci cadangan: kunci hilang berarti semua data hilang",
            "no spare key: a lost key is lost data"
        ));
    }
    say.hint(words!(
        "selanjutnya: segel new daftar.json, kalau belum punya formulir, lalu: segel publish daftar.json -k {key} -o forms/daftar.segel",
        "next: segel new daftar.json, unless you have a form, then: segel publish daftar.json -k {key} -o forms/daftar.segel"
    ));
    Ok(Exit::Done)
}
