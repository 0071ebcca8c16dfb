//! Blanks the source places in a module whose panic handler reads none: file names and line numbers that Rust puts into the data for
//! messages that are never written. Zeros weigh nothing once compressed.

use walrus::ir::Value;
use walrus::{ConstExpr, DataKind, Module};

/// Bytes of a `core::panic::Location`: address and length of the file name, line, column.
const PLACE: usize = 16;

/// Blanks them; returns how many there were.
pub(crate) fn blank(module: &mut Module) -> usize {
    let mut count = 0;
    let segments: Vec<_> = module.data.iter().map(walrus::Data::id).collect();
    for id in segments {
        let segment = module.data.get_mut(id);
        if let DataKind::Active { offset: ConstExpr::Value(Value::I32(base)), .. } = segment.kind {
            count += blank_segment(base as usize, &mut segment.value);
        }
    }
    count
}

fn blank_segment(base: usize, bytes: &mut [u8]) -> usize {
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let aligned = (0..bytes.len().saturating_sub(PLACE - 1)).filter(|at| (base + at).is_multiple_of(4));
    let mut found = Vec::new();
    for at in aligned {
        let Some(start) = (word(bytes, at) as usize).checked_sub(base) else { continue };
        let name = start..start.saturating_add(word(bytes, at + 4) as usize);
        if bytes.get(name.clone()).is_some_and(is_file) && word(bytes, at + 8) > 0 && word(bytes, at + 12) > 0 {
            found.push((at, name));
        }
    }
    for (at, name) in &found {
        bytes[*at..at + PLACE].fill(0);
        bytes[name.clone()].fill(0);
    }
    found.len()
}

/// Whether the bytes are the name of a source file.
fn is_file(name: &[u8]) -> bool {
    name.ends_with(b".rs") && name.iter().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_and_its_file_name_are_blanked_and_what_looks_alike_is_not() {
        let base = 1024;
        let mut bytes = b"src/core/id.rssegel/v1".to_vec();
        bytes.resize(24, 0);
        let entry = |start: u32, length: u32, line: u32| {
            [base as u32 + start, length, line, 7].iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>()
        };
        bytes.extend(entry(0, 14, 31));
        let kept = [entry(14, 8, 31), entry(0, 0, 31), entry(5000, 14, 31)].concat();
        bytes.extend(&kept);
        assert_eq!(blank_segment(base, &mut bytes), 1);
        assert_eq!(&bytes[..24], b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0segel/v1\0\0");
        assert_eq!((&bytes[24..40], &bytes[40..]), (&[0; 16][..], &kept[..]));
    }
}
