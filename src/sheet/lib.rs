//! An XLSX workbook in which every cell is text: a phone number keeps its `+`, an identity number its sixteen digits, a postcode its first
//! zero, and nothing a customer wrote is ever a formula.
//!
//! Rows go straight into the archive, so memory does not grow with them and no second copy of the plaintext lies anywhere. Libraries for
//! workbooks keep every cell, or write rows to a temporary file and panic when the disk is full; and of a workbook this needs little.
//! Apart from the core because the command line and the owner's page both write it, and nobody else may need to.

mod archive;
mod book;
mod files;
mod text;

pub use files::Files;

use std::io::{self, Write};

use book::Book;

/// A workbook on its way into `W`.
pub struct Sheet<W: Write> {
    book: Book<W>,
    header: String,
    most: Most,
    /// Data sheets begun.
    sheets: u32,
    /// Rows of this one, its headings too.
    rows: u32,
    /// Values that no cell holds, with the place that points to them.
    long: Vec<(String, String)>,
}

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SheetError {
    /// It cannot be written.
    #[error("{0}")]
    Write(#[from] io::Error),
}

/// What a sheet holds before the next one begins.
#[derive(Clone, Copy)]
struct Most {
    rows: u32,
    bytes: u64,
}

impl Sheet<Vec<u8>> {
    /// Begins in memory, with a line of headings.
    ///
    /// # Errors
    /// [`SheetError`].
    pub fn new(header: &[String]) -> Result<Self, SheetError> {
        Self::onto(Vec::new(), header)
    }

    /// The workbook's bytes; `about` stands on a sheet of its own, line by line: what the table is for, and what was left out of it.
    ///
    /// # Errors
    /// [`SheetError`].
    pub fn finish(self, about: &[(String, String)]) -> Result<Vec<u8>, SheetError> {
        self.end(about)
    }
}

impl<W: Write> Sheet<W> {
    /// Begins with a line of headings.
    ///
    /// # Errors
    /// [`SheetError`].
    pub fn onto(out: W, header: &[String]) -> Result<Self, SheetError> {
        Self::holding(out, header, MOST)
    }

    fn holding(out: W, header: &[String], most: Most) -> Result<Self, SheetError> {
        let header = line(1, header.iter().map(|cell| Some(cell.as_str())), BOLD);
        let mut sheet = Self { book: Book::new(out)?, header, most, sheets: 0, rows: 0, long: Vec::new() };
        sheet.begin()?;
        Ok(sheet)
    }

    /// Adds a row; what was not answered stays empty. Where a sheet is full the next one begins.
    ///
    /// # Errors
    /// [`SheetError`].
    pub fn row(&mut self, cells: &[Option<String>]) -> Result<(), SheetError> {
        if self.rows == self.most.rows || self.book.sheet_bytes() > self.most.bytes {
            self.book.end_sheet()?;
            self.begin()?;
        }
        self.rows += 1;
        let pointers: Vec<Option<String>> = (0..).zip(cells).map(|(column, cell)| self.pointer(column, cell)).collect();
        let cells = cells.iter().zip(&pointers).map(|(cell, pointer)| pointer.as_deref().or(cell.as_deref()));
        self.book.write(&line(self.rows, cells, TEXT))?;
        Ok(())
    }

    /// Writes the last sheets and hands `out` back.
    ///
    /// # Errors
    /// [`SheetError`].
    pub fn end(mut self, about: &[(String, String)]) -> Result<W, SheetError> {
        self.book.end_sheet()?;
        self.book.begin_sheet("Segel", &[60, 60], false)?;
        for (row, (name, value)) in (1..).zip(about) {
            self.book.write(&line(row, [name, value].into_iter().map(|cell| Some(cell.as_str())), TEXT))?;
        }
        self.book.end_sheet()?;
        if !self.long.is_empty() {
            self.book.begin_sheet(LONG, &[22], false)?;
            for (row, (place, value)) in (1..).zip(&self.long) {
                let pieces = text::pieces(value, CELL);
                self.book.write(&line(row, [place.as_str()].into_iter().chain(pieces).map(Some), TEXT))?;
            }
            self.book.end_sheet()?;
        }
        Ok(self.book.end()?)
    }

    fn begin(&mut self) -> Result<(), SheetError> {
        self.sheets += 1;
        self.rows = 1;
        let columns = self.header.matches("<c ").count();
        self.book.begin_sheet(&name(self.sheets), &vec![22; columns], true)?;
        self.book.write(&self.header)?;
        Ok(())
    }

    /// What stands in a cell in place of a value that is too long for one; the value goes to a sheet of its own, whole, in pieces.
    fn pointer(&mut self, column: usize, cell: &Option<String>) -> Option<String> {
        let value = cell.as_ref().filter(|value| text::length(value) > CELL)?;
        let place = format!("{}!{}{}", name(self.sheets), text::column(column), self.rows);
        self.long.push((place, value.clone()));
        Some(format!("> {LONG}!A{}", self.long.len()))
    }
}

fn name(sheet: u32) -> String {
    if sheet == 1 { String::from("Data") } else { format!("Data {sheet}") }
}

/// One row as it stands in a sheet.
fn line<'c>(row: u32, cells: impl Iterator<Item = Option<&'c str>>, style: &str) -> String {
    let mut line = format!("<row r=\"{row}\">");
    for (column, cell) in cells.enumerate() {
        let Some(cell) = cell else { continue };
        let place = text::column(column);
        line.push_str(&format!("<c r=\"{place}{row}\" {style} t=\"inlineStr\"><is><t xml:space=\"preserve\">"));
        text::escape(cell, &mut line);
        line.push_str("</t></is></c>");
    }
    line.push_str("</row>");
    line
}

const TEXT: &str = "s=\"1\"";
const BOLD: &str = "s=\"2\"";
/// The sheet of values that are too long for a cell.
const LONG: &str = "Panjang";
/// UTF-16 units of a cell at most.
const CELL: usize = 32_767;
/// A worksheet ends after so many rows; and an entry of an archive after four gigabytes, if every reader shall open it.
const MOST: Most = Most { rows: 1_048_576, bytes: 3 << 30 };

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader as _, Xlsx};
    use std::io::Cursor;

    type Read = Xlsx<Cursor<Vec<u8>>>;

    fn read(bytes: Vec<u8>) -> Read {
        calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap()
    }

    fn cell(book: &mut Read, sheet: &str, row: u32, column: u32) -> Option<Data> {
        book.worksheet_range(sheet).unwrap().get_value((row, column)).cloned()
    }

    fn text(value: impl Into<String>) -> Option<Data> {
        Some(Data::String(value.into()))
    }

    #[test]
    fn what_was_written_is_read_back_as_text_letter_by_letter() {
        let nasty = [
            "+6281234567890",
            "3273010502900001",
            "00123",
            "1-2",
            "3E5",
            "=1+1",
            "@SUM(1)",
            "-5",
            "2026-11-23",
            "TRUE",
            "'x",
            "a\nb",
            "  spasi  ",
            "<b>&\"]]>",
            "\u{202e}abc",
            "😀",
        ];
        let header: Vec<String> = (0..nasty.len()).map(|column| format!("kolom {column}")).collect();
        let mut sheet = Sheet::new(&header).unwrap();
        sheet.row(&nasty.map(|cell| Some(cell.to_owned()))).unwrap();
        sheet.row(&[None, Some("akhir".to_owned())]).unwrap();
        let mut book = read(sheet.finish(&[("Hanya untuk tujuan".to_owned(), "daftar".to_owned())]).unwrap());
        assert_eq!(book.sheet_names(), ["Data", "Segel"]);
        for (column, expected) in (0..).zip(nasty) {
            assert_eq!(cell(&mut book, "Data", 1, column), text(expected), "{expected}");
        }
        assert_eq!(cell(&mut book, "Data", 2, 0), Some(Data::Empty));
        assert_eq!(cell(&mut book, "Data", 2, 1), text("akhir"));
        assert_eq!(cell(&mut book, "Segel", 0, 1), text("daftar"));
    }

    #[test]
    fn a_value_too_long_for_a_cell_is_whole_on_another_sheet() {
        // the middle of a pair of UTF-16 units is no place to cut
        let long = format!("x{}", "😀".repeat(20_000));
        let mut sheet = Sheet::new(&["a".to_owned(), "b".to_owned()]).unwrap();
        sheet.row(&[None, Some("y".repeat(32_767))]).unwrap();
        sheet.row(&[Some("dekat".to_owned()), Some(long.clone())]).unwrap();
        let mut book = read(sheet.finish(&[]).unwrap());
        assert_eq!(cell(&mut book, "Data", 1, 1), text("y".repeat(32_767)));
        assert_eq!(cell(&mut book, "Data", 2, 1), text("> Panjang!A1"));
        assert_eq!(cell(&mut book, "Data", 2, 0), text("dekat"));
        assert_eq!(cell(&mut book, "Panjang", 0, 0), text("Data!B3"));
        let pieces: Vec<String> = (1..=2).map(|at| cell(&mut book, "Panjang", 0, at).unwrap().to_string()).collect();
        assert_eq!(pieces.concat(), long);
        assert!(pieces.iter().all(|piece| piece.encode_utf16().count() <= 32_767));
    }

    #[test]
    fn where_a_sheet_is_full_the_next_one_begins_with_the_headings() {
        let mut sheet = Sheet::holding(Vec::new(), &["nomor".to_owned()], Most { rows: 3, bytes: u64::MAX }).unwrap();
        for number in 1..=5 {
            sheet.row(&[Some(number.to_string())]).unwrap();
        }
        let mut book = read(sheet.finish(&[]).unwrap());
        assert_eq!(book.sheet_names(), ["Data", "Data 2", "Data 3", "Segel"]);
        let column = |book: &mut Read, sheet| {
            let range = book.worksheet_range(sheet).unwrap();
            range.rows().map(|row| row[0].to_string()).collect::<Vec<_>>()
        };
        assert_eq!(column(&mut book, "Data"), ["nomor", "1", "2"]);
        assert_eq!(column(&mut book, "Data 2"), ["nomor", "3", "4"]);
        assert_eq!(column(&mut book, "Data 3"), ["nomor", "5"]);
        let mut sheet = Sheet::holding(Vec::new(), &["n".to_owned()], Most { rows: 9, bytes: 1 }).unwrap();
        sheet.row(&[Some("1".to_owned())]).unwrap();
        assert_eq!(read(sheet.finish(&[]).unwrap()).sheet_names(), ["Data", "Data 2", "Segel"]);
    }

    /// A disk that is full after so many bytes.
    struct Full(Vec<u8>, usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.len() + bytes.len() > self.1 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_an_error_at_every_byte() {
        let write = |most| -> Result<usize, SheetError> {
            let mut sheet = Sheet::onto(Full(Vec::new(), most), &["a".to_owned()])?;
            sheet.row(&[Some("isi".to_owned())])?;
            Ok(sheet.end(&[])?.0.len())
        };
        let whole = write(usize::MAX).unwrap();
        for most in 0..whole {
            let SheetError::Write(error) = write(most).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "at {most} of {whole}");
        }
        assert_eq!(write(whole).unwrap(), whole);
    }
}
