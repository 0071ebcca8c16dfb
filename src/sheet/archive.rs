//! Attachments as one ZIP archive, stored as they are: what is a picture already does not shrink. Handed on piece by piece, so that it need not
//! be in memory.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use zip::result::ZipError;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};
use zip::{CompressionMethod, DateTime};

/// An archive on its way.
pub struct Archive {
    zip: ZipWriter<StreamWriter<Pieces>>,
    pieces: Pieces,
}

#[derive(Clone, Default)]
struct Pieces(Rc<RefCell<Vec<u8>>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Default for Archive {
    fn default() -> Self {
        let pieces = Pieces::default();
        Self { zip: ZipWriter::new_stream(pieces.clone()), pieces }
    }
}

impl Archive {
    /// Adds a file under a name that is ours, and returns what there is of the archive since the last call.
    ///
    /// # Errors
    /// [`ZipError`] for a name that is there already, or more than an archive holds.
    pub fn add(&mut self, name: &str, content: &[u8]) -> Result<Vec<u8>, ZipError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .large_file(content.len() > LARGE)
            .unix_permissions(0o600);
        self.zip.start_file(name, options)?;
        self.zip.write_all(content)?;
        Ok(self.pieces.0.take())
    }

    /// The rest of the archive: its list of files.
    ///
    /// # Errors
    /// [`ZipError`].
    pub fn finish(self) -> Result<Vec<u8>, ZipError> {
        self.zip.finish()?;
        Ok(self.pieces.0.take())
    }
}

/// Above this a file's length needs eight bytes.
const LARGE: usize = 0xffff_0000;

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_was_put_in_comes_out_and_no_piece_is_handed_on_twice() {
        let mut archive = Archive::default();
        let mut bytes = archive.add("000001-foto-1.jpg", b"satu").unwrap();
        bytes.extend(archive.add("index.csv", b"file,number\r\n").unwrap());
        bytes.extend(archive.finish().unwrap());
        let mut read = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
        let mut content = String::new();
        read.by_name("000001-foto-1.jpg").unwrap().read_to_string(&mut content).unwrap();
        assert_eq!((read.len(), content.as_str()), (2, "satu"));
    }
}
