//! The printable recovery sheet: each key as text in groups and as a QR code, on paper that needs no computer to survive.

use qrcode::QrCode;
use qrcode::render::svg;
use segel_core::key::OwnerKey;
use segel_core::time::Time;
use zeroize::Zeroizing;

use crate::say::{Failure, words};

/// The sheet as one HTML file without scripts, in both languages.
pub(crate) fn write(owner: &OwnerKey, spare: Option<&OwnerKey>, made: Time) -> Result<Zeroizing<String>, Failure> {
    let mut keys = Zeroizing::new(String::new());
    keys.push_str(&section("Kunci pemilik / Owner's key", owner)?);
    if let Some(spare) = spare {
        keys.push_str(&section("Kunci cadangan / Spare key", spare)?);
    }
    let (id, day) = (owner.owner_id(), &made.text()[..10]);
    Ok(Zeroizing::new(format!("{HEAD}<p class=\"id\">{id}</p><p>{day}</p>{}{FOOT}", *keys)))
}

fn section(title: &str, key: &OwnerKey) -> Result<Zeroizing<String>, Failure> {
    let text = key.identity().to_text();
    let code =
        QrCode::new(text.as_bytes()).map_err(|error| Failure::new(words!("kode QR: {error}", "QR code: {error}")))?;
    let image = Zeroizing::new(code.render::<svg::Color<'_>>().min_dimensions(220, 220).build());
    let image = image.strip_prefix("<?xml version=\"1.0\" standalone=\"yes\"?>").unwrap_or(&image);
    let mut groups = Zeroizing::new(String::new());
    let (prefix, data) = text.rsplit_once('1').unwrap_or(("", &text));
    for (index, letter) in data.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            groups.push(' ');
        }
        groups.push(letter);
    }
    Ok(Zeroizing::new(format!("<section><h2>{title}</h2>{image}<p class=\"key\">{prefix}1 {}</p></section>", *groups)))
}

const HEAD: &str = r#"<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Segel: lembar pemulihan / recovery sheet</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#000;background:#fff}
section{border:1px solid #000;padding:1rem;margin:1rem 0;break-inside:avoid}
.key,.id{font:15px/1.8 ui-monospace,monospace;overflow-wrap:anywhere}
svg{max-width:100%;height:auto}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin:0 0 .5rem}
</style></head><body>
<h1>Segel: lembar pemulihan <span lang="en">/ recovery sheet</span></h1>
<p>Siapa pun yang memegang lembar ini dapat membuka semua data pelanggan. Cetak, simpan di tempat terkunci, lalu hapus berkasnya.</p>
<p lang="en">Whoever holds this sheet can open all customer data. Print it, lock it away, then delete the file.</p>
"#;

const FOOT: &str = r#"
<p>Memulihkan: ketik kunci di atas tanpa spasi ke dalam berkas teks, satu baris, lalu pakai berkas itu dengan <code>segel open -k</code>.
Huruf b, i, o, dan angka 1 hanya muncul di bagian depan.</p>
<p lang="en">To recover: type the key above without spaces into a text file, on one line, and use that file with <code>segel open -k</code>.
The letters b, i, o and the digit 1 occur only in the first part.</p>
</body></html>
"#;
