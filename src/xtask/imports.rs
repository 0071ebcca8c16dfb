//! What the wasm modules ask of the browser, held against checked-in lists: a new power is one added line in review.

use crate::root;
use crate::run::{Outcome, read, write};
use crate::wasm;

pub(crate) fn run(rewrite: bool) -> Outcome {
    let modules = [
        ("widget", wasm::widget()?),
        ("widget", wasm::large()?),
        ("receipt", wasm::receipt()?),
        ("opener", wasm::opener()?),
    ];
    for (name, module) in modules {
        let found = names(&module.wasm)?;
        let path = root().join(format!("tests/imports/{name}.txt"));
        if rewrite {
            write(&path, found.as_bytes())?;
            continue;
        }
        let expected = String::from_utf8(read(&path)?).map_err(|error| error.to_string())?;
        let new: Vec<&str> = found.lines().filter(|line| !expected.lines().any(|other| other == *line)).collect();
        let gone: Vec<&str> = expected.lines().filter(|line| !found.lines().any(|other| other == *line)).collect();
        if !new.is_empty() || !gone.is_empty() {
            return Err(format!(
                "{name} asks the browser for other things: new {new:?}, gone {gone:?}; review, then `cargo xtask imports --write`"
            ));
        }
        println!("{name}: {} imports, as listed", found.lines().count());
    }
    Ok(())
}

/// Names of the import section, sorted, without the hashes that change with every build.
fn names(wasm: &[u8]) -> Result<String, String> {
    let mut reader = Sections { bytes: wasm, at: 8 };
    while let Some((id, end)) = reader.section()? {
        if id == 2 {
            return reader.imports();
        }
        reader.at = end;
    }
    Ok(String::new())
}

struct Sections<'w> {
    bytes: &'w [u8],
    at: usize,
}

impl Sections<'_> {
    fn section(&mut self) -> Result<Option<(u8, usize)>, String> {
        let Some(id) = self.bytes.get(self.at).copied() else { return Ok(None) };
        self.at += 1;
        let length = self.number()?;
        Ok(Some((id, self.at + length)))
    }

    fn imports(&mut self) -> Result<String, String> {
        let mut names = Vec::new();
        for _ in 0..self.number()? {
            let _module = self.name()?;
            let name = self.name()?;
            names.push(without_hash(&name).to_owned());
            match self.byte()? {
                0 => drop(self.number()?),
                other => return Err(format!("import of kind {other}: only functions are expected")),
            }
        }
        names.sort();
        names.dedup();
        Ok(names.join("\n") + "\n")
    }

    fn name(&mut self) -> Result<String, String> {
        let length = self.number()?;
        let bytes = self.bytes.get(self.at..self.at + length).ok_or("the module is damaged")?;
        self.at += length;
        String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())
    }

    fn number(&mut self) -> Result<usize, String> {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
    }

    fn byte(&mut self) -> Result<u8, String> {
        let byte = self.bytes.get(self.at).copied().ok_or("the module is damaged")?;
        self.at += 1;
        Ok(byte)
    }
}

/// `__wbg_fetch_0123456789abcdef` without its last word, and numbered casts as one.
fn without_hash(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((stem, hash)) if hash.len() >= 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => stem,
        _ => name,
    }
}
