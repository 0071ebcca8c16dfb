//! The printable recovery sheet as one HTML file without scripts, in both languages. Its sentences are also those of the owner's page.

use segel_core::age::Identity;
use segel_core::key::OwnerKey;
use segel_core::time::Time;
use zeroize::Zeroizing;

use crate::{Code, groups, words};

/// A sentence in Indonesian and English.
pub type Both = (&'static str, &'static str);

/// Above everything.
pub const TITLE: Both = ("Segel: lembar pemulihan", "Recovery sheet");
/// What the paper can do.
pub const WARNING: Both = (
    "Siapa pun yang memegang lembar ini dapat membuka semua data pelanggan. Simpan di tempat terkunci.",
    "Whoever holds this sheet can open all customer data. Lock it away.",
);
/// Above the first key.
pub const OWNER: Both = ("Kunci pemilik", "Owner's key");
/// Above the second.
pub const SPARE: Both = ("Kunci cadangan", "Spare key");
/// How to come back from it.
pub const RECOVERY: Both = (
    "Memulihkan: di buka.html pilih “Pulihkan dari lembar kertas” dan ketik 24 kata itu, atau pindai kode QR. Atau ketik baris AGE-SECRET-KEY tanpa spasi ke berkas teks dan pakai berkas itu sebagai kunci.",
    "To recover: in buka.html choose “Recover from the paper sheet” and type the 24 words, or scan the QR code. Or type the line AGE-SECRET-KEY without spaces into a text file and use that file as the key.",
);

/// The sheet of an owner's key and its spare; `None` if a QR code has no room, which no key reaches.
#[must_use]
pub fn html(owner: &OwnerKey, spare: Option<&OwnerKey>, made: Time) -> Option<Zeroizing<String>> {
    let mut keys = Zeroizing::new(String::with_capacity(64 * 1024));
    keys.push_str(&section(OWNER, owner.identity())?);
    if let Some(spare) = spare {
        keys.push_str(&section(SPARE, spare.identity())?);
    }
    let (id, day) = (owner.owner_id(), made.date().text());
    let (title, warning, recovery) = (heading("h1", TITLE), paragraphs(WARNING), paragraphs(RECOVERY));
    Some(Zeroizing::new(format!(
        "{HEAD}{title}{warning}{DELETE}<p class=\"id\">{id}</p><p>{day}</p>{}{recovery}</body></html>\n",
        *keys
    )))
}

fn section(title: Both, key: &Identity) -> Option<Zeroizing<String>> {
    let code = Code::new(key)?;
    let mut list = Zeroizing::new(String::with_capacity(1024));
    for word in words(key).unwrap_or_default() {
        for piece in ["<li>", word, "</li>"] {
            list.push_str(piece);
        }
    }
    let (size, path, groups) = (code.size, &*code.path, groups(key));
    let title = heading("h2", title);
    Some(Zeroizing::new(format!(
        "<section>{title}<svg viewBox=\"0 0 {size} {size}\" role=\"img\" aria-label=\"QR\"><path d=\"{path}\"/></svg><ol>{}</ol><p class=\"key\">{}</p></section>\n",
        *list, *groups
    )))
}

fn heading(tag: &str, (id, en): Both) -> String {
    format!("<{tag}>{id} <span lang=\"en\">/ {en}</span></{tag}>\n")
}

fn paragraphs((id, en): Both) -> String {
    format!("<p>{id}</p>\n<p lang=\"en\">{en}</p>\n")
}

const HEAD: &str = r#"<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Segel: lembar pemulihan / recovery sheet</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#000;background:#fff}
section{border:1px solid #000;padding:1rem;margin:1rem 0;break-inside:avoid}
.key,.id{font:15px/1.8 ui-monospace,monospace;overflow-wrap:anywhere}
ol{columns:4 7rem;margin:1rem 0;padding-left:2rem}
svg{width:220px;max-width:100%}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin:0 0 .5rem}
</style></head><body>
"#;
const DELETE: &str = "<p>Cetak, lalu hapus berkasnya. <span lang=\"en\">/ Print it, then delete the file.</span></p>\n";

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
    use segel_core::age::Suite;

    use super::*;

    #[test]
    fn a_sheet_has_both_keys_as_words_and_text_and_runs_nothing() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let (owner, spare) = (
            OwnerKey::generate(Suite::Hybrid, &mut rng).unwrap(),
            OwnerKey::generate(Suite::X25519, &mut rng).unwrap(),
        );
        let made = Time::parse("2026-11-23T03:00:00Z").unwrap();
        let sheet = html(&owner, Some(&spare), made).unwrap();
        for word in words(owner.identity()).unwrap() {
            assert!(sheet.contains(&format!("<li>{word}</li>")));
        }
        assert!(sheet.contains(&*groups(owner.identity())) && sheet.contains(&*groups(spare.identity())));
        assert!(sheet.contains("2026-11-23") && sheet.contains(&owner.owner_id().to_string()));
        assert!(!sheet.contains("<script") && !sheet.contains("http:"));
    }
}
