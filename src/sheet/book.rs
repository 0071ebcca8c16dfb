//! The archive around the sheets: the parts that every reader of a workbook looks for. ECMA-376 part 1, §18.

use std::io::{self, Write};

use flate2::Compression;

use crate::archive::Archive;

/// An archive with one sheet open at most.
pub(super) struct Book<W: Write> {
    archive: Archive<W>,
    sheets: Vec<String>,
    bytes: u64,
}

impl<W: Write> Book<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        let mut book = Self { archive: Archive::new(out, Compression::default()), sheets: Vec::new(), bytes: 0 };
        book.part("_rels/.rels", ROOT)?;
        book.part("xl/styles.xml", STYLES)?;
        Ok(book)
    }

    /// Opens a sheet; `frozen` keeps its first row in sight.
    pub(super) fn begin_sheet(&mut self, name: &str, widths: &[u32], frozen: bool) -> io::Result<()> {
        self.sheets.push(name.to_owned());
        self.bytes = 0;
        self.archive.begin(&format!("xl/worksheets/sheet{}.xml", self.sheets.len()))?;
        let columns = (1..).zip(widths).map(|(at, width)| {
            format!("<col min=\"{at}\" max=\"{at}\" width=\"{width}\" style=\"1\" customWidth=\"1\"/>")
        });
        let columns = columns.collect::<String>();
        let columns = if columns.is_empty() { columns } else { format!("<cols>{columns}</cols>") };
        let view = if frozen { FROZEN } else { "" };
        self.write(&format!("{XML}<worksheet xmlns=\"{MAIN}\">{view}{columns}<sheetData>"))
    }

    /// Writes into the open sheet.
    pub(super) fn write(&mut self, text: &str) -> io::Result<()> {
        self.bytes += text.len() as u64;
        self.archive.write(text.as_bytes())
    }

    /// Bytes of the open sheet.
    pub(super) const fn sheet_bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn end_sheet(&mut self) -> io::Result<()> {
        self.write("</sheetData></worksheet>")
    }

    /// Writes the list of the sheets and hands `out` back.
    pub(super) fn end(mut self) -> io::Result<W> {
        let each = |line: fn(usize, &str) -> String| -> String {
            (1..).zip(&self.sheets).map(|(at, name)| line(at, name)).collect()
        };
        let sheets = each(|at, name| format!("<sheet name=\"{name}\" sheetId=\"{at}\" r:id=\"rId{at}\"/>"));
        let links = each(|at, _| {
            format!("<Relationship Id=\"rId{at}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{at}.xml\"/>")
        });
        let types = each(|at, _| {
            format!("<Override PartName=\"/xl/worksheets/sheet{at}.xml\" ContentType=\"{TYPE}.worksheet+xml\"/>")
        });
        let count = self.sheets.len() + 1;
        self.part(
            "xl/workbook.xml",
            &format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>{sheets}</sheets></workbook>"),
        )?;
        self.part(
            "xl/_rels/workbook.xml.rels",
            &format!(
                "<Relationships xmlns=\"{LINKS}\">{links}<Relationship Id=\"rId{count}\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/></Relationships>"
            ),
        )?;
        self.part("[Content_Types].xml", &format!("{TYPES}{types}</Types>"))?;
        self.archive.end()
    }

    fn part(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.archive.begin(name)?;
        self.archive.write(XML.as_bytes())?;
        self.archive.write(text.as_bytes())
    }
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const LINKS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

const FROZEN: &str = "<sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews>";

const ROOT: &str = concat!(
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
    "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/>",
    "</Relationships>"
);

const TYPES: &str = concat!(
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">",
    "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>",
    "<Default Extension=\"xml\" ContentType=\"application/xml\"/>",
    "<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>",
    "<Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>"
);

/// Three looks: none, text, bold text. 49 is the number format of text: a cell that is edited later stays one.
const STYLES: &str = concat!(
    "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">",
    "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>",
    "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>",
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>",
    "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>",
    "<cellXfs count=\"3\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>",
    "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>",
    "<xf numFmtId=\"49\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\"/></cellXfs>",
    "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>",
    "</styleSheet>"
);
