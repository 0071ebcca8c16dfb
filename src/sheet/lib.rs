//! An XLSX workbook in which every cell is text: a phone number keeps its `+`, an identity number its sixteen digits, a postcode its first
//! zero, and nothing a customer wrote is ever a formula.
//!
//! Apart from the core because the command line and the owner's page both write it, and nobody else may need to.

mod archive;

pub use archive::Archive;
pub use zip::result::ZipError;

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

/// A workbook on its way.
pub struct Sheet {
    table: Worksheet,
    text: Format,
    rows: u32,
}

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SheetError {
    /// More rows than a worksheet holds.
    #[error("more than 1 048 575 rows, which no spreadsheet holds; use csv")]
    TooManyRows,
    /// A cell that a worksheet cannot hold, or no room.
    #[error("{0}")]
    Xlsx(#[from] XlsxError),
}

impl Sheet {
    /// Begins with a line of headings.
    ///
    /// # Errors
    /// [`SheetError`].
    pub fn new(header: &[String]) -> Result<Self, SheetError> {
        let text = Format::new().set_num_format("@");
        let mut table = Worksheet::new();
        table.set_name("Data")?;
        table.set_freeze_panes(1, 0)?;
        let bold = text.clone().set_bold();
        for (column, name) in (0_u16..).zip(header) {
            table.write_string_with_format(0, column, name, &bold)?;
            table.set_column_width(column, 22)?;
            table.set_column_format(column, &text)?;
        }
        Ok(Self { table, text, rows: 0 })
    }

    /// Adds a row; what was not answered stays empty.
    ///
    /// # Errors
    /// [`SheetError`].
    pub fn row(&mut self, cells: &[Option<String>]) -> Result<(), SheetError> {
        if self.rows == MOST_ROWS {
            return Err(SheetError::TooManyRows);
        }
        self.rows += 1;
        for (column, cell) in (0_u16..).zip(cells) {
            if let Some(cell) = cell {
                self.table.write_string_with_format(self.rows, column, cell, &self.text)?;
            }
        }
        Ok(())
    }

    /// The workbook's bytes; `about` stands on a second sheet, line by line: what the table is for, and what was left out of it.
    ///
    /// # Errors
    /// [`SheetError`].
    pub fn finish(self, about: &[(String, String)]) -> Result<Vec<u8>, SheetError> {
        let mut sheet = Worksheet::new();
        sheet.set_name("Segel")?;
        sheet.set_column_width(0, 60)?;
        for (row, (name, value)) in (0_u32..).zip(about) {
            sheet.write_string_with_format(row, 0, name, &self.text)?;
            sheet.write_string_with_format(row, 1, value, &self.text)?;
        }
        let mut workbook = Workbook::new();
        workbook.push_worksheet(self.table);
        workbook.push_worksheet(sheet);
        Ok(workbook.save_to_buffer()?)
    }
}

/// Rows of a worksheet below its headings.
const MOST_ROWS: u32 = 1_048_575;

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader as _, Xlsx};

    #[test]
    fn what_was_written_is_read_back_as_text_letter_by_letter() {
        let nasty = [
            "+6281234567890",
            "3273010502900001",
            "00123",
            "=1+1",
            "@SUM(1)",
            "-5",
            "1e5",
            "2026-11-23",
            "TRUE",
            "'x",
            "a\nb",
            "<b>&\"",
            "\u{202e}abc",
            "😀",
        ];
        let header: Vec<String> = (0..nasty.len()).map(|column| format!("kolom {column}")).collect();
        let mut sheet = Sheet::new(&header).unwrap();
        sheet.row(&nasty.map(|cell| Some(cell.to_owned()))).unwrap();
        sheet.row(&[None, Some("akhir".to_owned())]).unwrap();
        let bytes = sheet.finish(&[("Hanya untuk tujuan".to_owned(), "daftar".to_owned())]).unwrap();
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
        let table = book.worksheet_range("Data").unwrap();
        for (column, expected) in nasty.iter().enumerate() {
            assert_eq!(table.get((1, column)), Some(&Data::String((*expected).to_owned())), "{expected}");
        }
        assert_eq!(table.get((2, 0)), Some(&Data::Empty));
        assert_eq!(table.get((2, 1)), Some(&Data::String("akhir".to_owned())));
        let about = book.worksheet_range("Segel").unwrap();
        assert_eq!(about.get((0, 1)), Some(&Data::String("daftar".to_owned())));
    }
}
