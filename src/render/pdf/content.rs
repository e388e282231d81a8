//! What the template is given: text in blocks. It is data; the template decides how each kind of block looks.

use crate::render::chart::Chart;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Where a long word may break. The template puts a place to break there and drops it.
pub(super) const MAY_BREAK: char = '\u{200b}';

/// A whole document.
#[derive(Serialize)]
pub(super) struct Content<'a> {
    pub(super) lang: &'static str,
    pub(super) title: Vec<Words>,
    pub(super) plain_title: String,
    pub(super) author: String,
    pub(super) subject: &'static str,
    pub(super) keywords: &'static [&'static str],
    /// Number and version.
    pub(super) reference: String,
    /// What stands over every page, where not everybody may read it.
    pub(super) mark: Option<String>,
    /// "Page {} of {}".
    pub(super) page: &'static str,
    pub(super) contents: &'static str,
    pub(super) legal_status: &'static str,
    /// On the first page; the last of them stands at the foot of every page too.
    pub(super) status: Vec<Words>,
    pub(super) identity: Vec<Pair>,
    pub(super) notices: Vec<Notice>,
    pub(super) headline: Option<Headline>,
    pub(super) reading_title: &'static str,
    pub(super) reading: &'static [&'static str],
    pub(super) sections: Vec<Section>,
    pub(super) attachments: Vec<&'a Attachment>,
    /// SHA-256 of the canonical JSON.
    pub(super) digest: String,
}

/// A text, with its language where that is not the document's.
#[derive(Clone, Default, Serialize)]
pub(super) struct Words {
    pub(super) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lang: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<&'static str>,
}

/// A name and what it names.
#[derive(Serialize)]
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: Words,
    pub(super) is_code: bool,
}

#[derive(Serialize)]
pub(super) struct Notice {
    pub(super) heading: &'static str,
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct Headline {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) unit: &'static str,
    pub(super) note: &'static str,
    /// Where little was reported.
    pub(super) warning: Option<String>,
    pub(super) facts: Vec<Pair>,
}

#[derive(Serialize)]
pub(super) struct Section {
    pub(super) title: Words,
    pub(super) blocks: Vec<Block>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Block {
    Heading {
        text: Words,
    },
    Paragraph {
        text: Words,
    },
    /// A small line that says of what the text below it is.
    Label {
        text: String,
    },
    List {
        items: Vec<Words>,
    },
    Pairs {
        pairs: Vec<Pair>,
    },
    /// The same below a text, kept together on one page.
    Fields {
        text: Option<Words>,
        pairs: Vec<Pair>,
    },
    Table(Table),
    Chart {
        file: String,
        alt: String,
        caption: &'static str,
        width_mm: u32,
    },
}

#[derive(Serialize)]
pub(super) struct Table {
    pub(super) caption: &'static str,
    pub(super) note: Option<&'static str>,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    /// Of the width of the page, in per cent: figures stay near their names.
    pub(super) width_percent: u32,
}

#[derive(Serialize)]
pub(super) struct Column {
    pub(super) head: String,
    pub(super) is_number: bool,
    /// Parts of the width that is left; 0 is as wide as needed.
    pub(super) parts: u32,
}

#[derive(Serialize)]
pub(super) struct Row {
    pub(super) kind: RowKind,
    pub(super) cells: Vec<Cell>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RowKind {
    Plain,
    /// A heading over the rows that follow; its one cell spans the table.
    Group,
    /// Of all rows together.
    Total,
}

#[derive(Default)]
pub(super) struct Cell {
    pub(super) text: Words,
    /// Smaller, below.
    pub(super) sub: Option<Words>,
    pub(super) is_code: bool,
    /// How many columns it takes, where it is more than one.
    pub(super) span: Option<usize>,
}

impl Serialize for Cell {
    /// A string where that is all: nearly every cell is one, and the template looks at each.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Words { text, lang, .. } = &self.text;
        let is_plain = lang.is_none() && !text.contains(['\n', MAY_BREAK]);
        if is_plain && self.sub.is_none() && self.span.is_none() && !self.is_code {
            return serializer.serialize_str(text);
        }
        let mut cell = serializer.serialize_map(None)?;
        cell.serialize_entry("text", &self.text)?;
        cell.serialize_entry("is_code", &self.is_code)?;
        if let Some(sub) = &self.sub {
            cell.serialize_entry("sub", sub)?;
        }
        if let Some(span) = self.span {
            cell.serialize_entry("span", &span)?;
        }
        cell.end()
    }
}

/// A file inside the document.
#[derive(Serialize)]
pub(super) struct Attachment {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) description: &'static str,
    pub(super) relationship: &'static str,
    #[serde(skip)]
    pub(super) size: String,
}

/// Under which name a chart is handed over.
pub(super) fn chart_file(chart: &Chart) -> String {
    format!("{}.svg", chart.id)
}

impl Words {
    pub(super) fn new(text: impl Into<String>) -> Words {
        Words { text: text.into(), lang: None, region: None }
    }

    /// English in a document of any language.
    pub(super) fn english(text: impl Into<String>) -> Words {
        Words { lang: Some("en"), ..Words::new(text) }
    }
}

impl Cell {
    pub(super) fn new(text: impl Into<String>) -> Cell {
        Cell { text: Words::new(text), ..Cell::default() }
    }

    pub(super) fn of(text: Words) -> Cell {
        Cell { text, ..Cell::default() }
    }

    pub(super) fn code(text: impl Into<String>) -> Cell {
        Cell { is_code: true, ..Cell::new(text) }
    }

    pub(super) fn below(self, sub: Words) -> Cell {
        Cell { sub: Some(sub), ..self }
    }

    pub(super) fn spanning(self, columns: usize) -> Cell {
        Cell { span: Some(columns), ..self }
    }
}

impl Row {
    pub(super) fn plain(cells: Vec<Cell>) -> Row {
        Row { kind: RowKind::Plain, cells }
    }

    pub(super) fn group(cell: Cell, columns: usize) -> Row {
        Row { kind: RowKind::Group, cells: vec![cell.spanning(columns)] }
    }

    pub(super) fn total(cells: Vec<Cell>) -> Row {
        Row { kind: RowKind::Total, cells }
    }
}

impl Column {
    /// A column of words that takes so many parts of the width.
    pub(super) fn words(head: impl Into<String>, parts: u32) -> Column {
        Column { head: head.into(), is_number: false, parts }
    }

    /// A column of figures.
    pub(super) fn number(head: impl Into<String>, parts: u32) -> Column {
        Column { head: head.into(), is_number: true, parts }
    }
}

impl Table {
    pub(super) fn new(caption: &'static str, columns: Vec<Column>, rows: Vec<Row>) -> Table {
        Table { caption, note: None, columns, rows, width_percent: 100 }
    }

    /// Of few columns.
    pub(super) fn narrow(self) -> Table {
        Table { width_percent: 62, ..self }
    }

    pub(super) fn note(self, note: &'static str) -> Table {
        Table { note: Some(note), ..self }
    }
}

impl Pair {
    pub(super) fn new(name: impl Into<String>, value: impl Into<String>) -> Pair {
        Pair { name: name.into(), value: Words::new(value), is_code: false }
    }

    pub(super) fn code(name: impl Into<String>, value: impl Into<String>) -> Pair {
        Pair { is_code: true, ..Pair::new(name, value) }
    }
}
