//! Attachments as one archive, as they are: what is a picture already does not shrink. Handed on piece by piece, so that it need not be in
//! memory.

use std::io;

use flate2::Compression;

use crate::archive::Archive;

/// An archive of files on its way.
pub struct Files {
    archive: Archive<Vec<u8>>,
}

impl Default for Files {
    fn default() -> Self {
        Self { archive: Archive::new(Vec::new(), Compression::none()) }
    }
}

impl Files {
    /// Adds a file under a name that is ours, and returns what there is of the archive since the last call.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`] for more than an archive holds.
    pub fn add(&mut self, name: &str, content: &[u8]) -> io::Result<Vec<u8>> {
        self.archive.begin(name)?;
        self.archive.write(content)?;
        self.archive.settle().map(std::mem::take)
    }

    /// The rest of the archive: its list of files.
    ///
    /// # Errors
    /// As [`Files::add`].
    pub fn finish(self) -> io::Result<Vec<u8>> {
        self.archive.end()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_was_put_in_comes_out_and_no_piece_is_handed_on_twice() {
        let mut files = Files::default();
        let mut bytes = files.add("000001-foto-1.jpg", b"satu").unwrap();
        bytes.extend(files.add("index.csv", b"file,number\r\n").unwrap());
        bytes.extend(files.finish().unwrap());
        let mut read = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
        let mut content = String::new();
        read.by_name("000001-foto-1.jpg").unwrap().read_to_string(&mut content).unwrap();
        assert_eq!((read.len(), content.as_str()), (2, "satu"));
        read.by_name("index.csv").unwrap().read_to_string(&mut content).unwrap();
        assert_eq!(content, "satufile,number\r\n");
    }
}
