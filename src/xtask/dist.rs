//! Packs what is shipped: the element with its glue and style in one script, the wasm module whose digest the script carries, and the
//! owner's page in one file. Prints raw, gzip and brotli sizes; over budget is an error.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256, Sha384};

use crate::root;
use crate::run::{Outcome, read, write};
use crate::small;
use crate::wasm::{self, Module};

/// What everything a customer downloads should weigh, brotli 11. Not reached yet; BENCH.md says what weighs.
const AIM: usize = 40 * 1024;
/// What it weighs at most until then: a ratchet. It goes up only with a line in BENCH.md.
const BOUND: usize = 74_555;

/// The worker's script, packed, among the scripts that are to be.
const LARGE: &str = "large.min.js";

/// A file to ship.
struct File {
    name: &'static str,
    bytes: Vec<u8>,
    customer: bool,
}

pub(crate) fn run(out: &Path) -> Outcome {
    let files = files()?;
    let mut sums = String::new();
    for file in &files {
        write(&out.join(file.name), &file.bytes)?;
        if file.name.starts_with("segel/") {
            write(&out.join(format!("{}.br", file.name)), &brotli(&file.bytes)?)?;
        }
        sums.push_str(&format!("{}  {}\n", hex(&Sha256::digest(&file.bytes)), file.name));
    }
    write(&out.join("segel/integrity.json"), integrities(&files).as_bytes())?;
    write(&out.join("SHA256SUMS"), sums.as_bytes())?;
    report(&files, &sums)?;
    package(out, &files)?;
    println!("\npaste into the page (with the fingerprint that `segel publish` prints):\n");
    println!("<link rel=\"preload\" href=\"/segel/segel.wasm\" as=\"fetch\" type=\"application/wasm\" crossorigin>");
    let value = integrity(&files[0].bytes);
    println!("<script type=\"module\" src=\"/segel/element.js\" integrity=\"{value}\" crossorigin></script>");
    Ok(())
}

fn files() -> Result<Vec<File>, String> {
    let widget = wasm::widget()?;
    let receipt = wasm::receipt()?;
    let large = wasm::large()?;
    let opener = wasm::opener()?;
    let folder = scripts(&widget, &receipt, &large)?;
    let script = |name: &str| small::script(&folder.join(name)).map(String::into_bytes);
    Ok(vec![
        File { name: "segel/element.js", bytes: script("element.js")?, customer: true },
        File { name: "segel/segel.wasm", bytes: widget.wasm, customer: true },
        File { name: "segel/regions.json", bytes: regions()?, customer: false },
        File { name: "segel/existing.js", bytes: script("existing.js")?, customer: false },
        File { name: "segel/api.js", bytes: script("api.js")?, customer: false },
        File { name: "segel/large.js", bytes: read(&folder.join(LARGE))?, customer: false },
        File { name: "segel/large.wasm", bytes: large.wasm, customer: false },
        File { name: "segel/receipt.js", bytes: script("receipt.js")?, customer: false },
        File { name: "segel/receipt.wasm", bytes: receipt.wasm, customer: false },
        File { name: "buka.html", bytes: page(&opener)?.into_bytes(), customer: false },
    ])
}

/// The scripts of the customer's side as they are bundled, each into one file, so that one integrity value covers all of it: style and
/// the module's digest are written into them.
fn scripts(widget: &Module, receipt: &Module, large: &Module) -> Result<PathBuf, String> {
    let folder = root().join("target/element");
    for name in ["element.js", "existing.js", "api.js", "receipt.js", "large.js", "form", "existing", "holder"] {
        copy(&root().join("www").join(name), &folder.join(name))?;
    }
    write(&folder.join("segel.js"), widget.glue.as_bytes())?;
    write(&folder.join("holder.js"), receipt.glue.as_bytes())?;
    write(&folder.join("quick.js"), large.glue.as_bytes())?;
    let style = small::style(&root().join("www/style.css"))?;
    let style = serde_json::to_string(&style).map_err(|error| error.to_string())?;
    for name in ["element.js", "existing.js", "receipt.js"] {
        fill(&folder.join(name), "const STYLE = \"\";", &format!("const STYLE = {style};"))?;
    }
    for (name, module) in [("form/module.js", widget), ("holder/module.js", receipt)] {
        let digest = format!("const WASM_SHA256 = \"{}\";", hex(&Sha256::digest(&module.wasm)));
        fill(&folder.join(name), "const WASM_SHA256 = \"\";", &digest)?;
    }
    // The other scripts name the worker's bytes, so it is packed before them.
    let worker = small::script(&folder.join("large.js"))?.into_bytes();
    for (mark, bytes) in [("SCRIPT", &worker), ("MODULE", &large.wasm)] {
        let (from, digest) = (format!("const {mark}_SHA256 = \"\";"), hex(&Sha256::digest(bytes)));
        fill(&folder.join("form/apart.js"), &from, &from.replace("\"\"", &format!("\"{digest}\"")))?;
    }
    write(&folder.join(LARGE), &worker)?;
    Ok(folder)
}

/// The table of regions, without the room for people. Only who comes to such a field loads it.
fn regions() -> Result<Vec<u8>, String> {
    let table: serde_json::Value =
        serde_json::from_slice(&read(&root().join("www/regions.json"))?).map_err(|error| error.to_string())?;
    serde_json::to_vec(&table).map_err(|error| error.to_string())
}

/// The package for npm: the same bytes, their types, and what tools ask for.
fn package(out: &Path, files: &[File]) -> Outcome {
    let folder = out.join("npm");
    for file in files {
        if let Some(name) = file.name.strip_prefix("segel/") {
            write(&folder.join(name), &file.bytes)?;
        }
    }
    let types = ["api.d.ts", "element.d.ts", "existing.d.ts", "receipt.d.ts"];
    for name in types.into_iter().chain(["package.json", "segel.schema.json", "custom-elements.json"]) {
        copy(&root().join("www").join(name), &folder.join(name))?;
    }
    for name in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&root().join(name), &folder.join(name))?;
    }
    Ok(())
}

fn fill(path: &Path, mark: &str, piece: &str) -> Outcome {
    let text = String::from_utf8(read(path)?).map_err(|error| error.to_string())?;
    write(path, replace(&text, mark, piece)?.as_bytes())
}

fn copy(from: &Path, to: &Path) -> Outcome {
    if !from.is_dir() {
        return write(to, &read(from)?);
    }
    let entries = std::fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))?;
    for entry in entries {
        let entry = entry.map_err(|error| error.to_string())?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// The owner's page: everything inline, and a policy that names each piece by its hash and allows no connection.
fn page(opener: &Module) -> Result<String, String> {
    let style = text("www/opener.css")?;
    let boot = text("www/opener.js")?;
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    let policy = format!(
        "default-src 'none'; script-src {} {} 'wasm-unsafe-eval'; style-src {}; base-uri 'none'; worker-src blob:; form-action 'none'; require-trusted-types-for 'script'; trusted-types segel-helper",
        hash(&opener.glue),
        hash(&boot),
        hash(&style),
    );
    let mut out = text("www/opener.html")?;
    let pieces = [
        ("{{POLICY}}", policy.as_str()),
        ("{{STYLE}}", &style),
        ("{{GLUE}}", &opener.glue),
        ("{{HELPER}}", &text("www/opener-helper.js")?),
        ("{{BOOT}}", &boot),
        ("{{WASM}}", &BASE64_STANDARD.encode(&opener.wasm)),
    ];
    for (mark, piece) in pieces {
        out = replace(&out, mark, piece)?;
    }
    Ok(out)
}

fn report(files: &[File], sums: &str) -> Outcome {
    println!("\n{:<20} {:>9} {:>9} {:>9}", "file", "raw", "gzip -9", "brotli 11");
    let mut customer = [0; 3];
    for file in files {
        let sizes = [file.bytes.len(), gzip(&file.bytes)?, brotli(&file.bytes)?.len()];
        println!("{:<20} {:>9} {:>9} {:>9}", file.name, sizes[0], sizes[1], sizes[2]);
        if file.customer {
            customer.iter_mut().zip(sizes).for_each(|(sum, size)| *sum += size);
        }
    }
    println!(
        "{:<20} {:>9} {:>9} {:>9}  (aim {AIM}, bound {BOUND})",
        "a customer loads", customer[0], customer[1], customer[2]
    );
    println!("\n{sums}");
    if customer[2] > BOUND {
        Err(format!("a customer's download is {} bytes, over {BOUND}", customer[2]))
    } else {
        Ok(())
    }
}

/// What a page's `integrity` attributes say, by script.
fn integrities(files: &[File]) -> String {
    let scripts = files
        .iter()
        .filter_map(|file| file.name.strip_prefix("segel/").filter(|name| name.ends_with(".js")).zip(Some(file)));
    let entries: Vec<String> =
        scripts.map(|(name, file)| format!("\"{name}\":\"{}\"", integrity(&file.bytes))).collect();
    format!("{{{}}}\n", entries.join(","))
}

/// The integrity value of a script, for its tag.
fn integrity(script: &[u8]) -> String {
    format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(script)))
}

fn gzip(bytes: &[u8]) -> Result<usize, String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map(|out| out.len()).map_err(|error| error.to_string())
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &parameters).map_err(|error| error.to_string())?;
    Ok(out)
}

fn replace(source: &str, mark: &str, piece: &str) -> Result<String, String> {
    match source.split_once(mark) {
        Some((before, after)) if !after.contains(mark) => Ok([before, piece, after].concat()),
        _ => Err(format!("{mark} must stand exactly once in its template")),
    }
}

fn text(path: &str) -> Result<String, String> {
    String::from_utf8(read(&root().join(path))?).map_err(|_| format!("{path}: not UTF-8"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
