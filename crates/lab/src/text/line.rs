use super::{Table, wrap::wrap};

/// The kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// About the run as a whole.
    Note,
    /// The title of a part.
    Heading,
    /// Printed by the notebook, with its wording.
    Notebook,
    /// Not printed by the notebook.
    Beyond,
}

/// A line, or a few that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its kind.
    pub kind: Kind,
    /// Its text.
    pub content: Content,
}

/// A line's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text, without its last newline.
    Text(String),
    /// A list item: on a terminal, its continued lines are indented.
    Item(String),
    /// A table.
    Table(Table),
}

impl Line {
    /// A line of text.
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, content: Content::Text(text.into()) }
    }

    /// One of a list.
    pub fn item(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, content: Content::Item(text.into()) }
    }

    /// A table.
    pub fn table(kind: Kind, table: Table) -> Self {
        Self { kind, content: Content::Table(table) }
    }

    /// As plain text, without its last newline.
    pub fn text(&self) -> String {
        match &self.content {
            Content::Text(text) | Content::Item(text) => text.clone(),
            Content::Table(table) => table.text(),
        }
    }

    /// As text for a terminal of some columns: texts continue below each other, a table that is too broad becomes a
    /// list.
    pub fn fitted(&self, columns: usize) -> String {
        match &self.content {
            Content::Text(text) => {
                let indent = &text[..text.len() - text.trim_start_matches(' ').len()];
                // Continued lines are indented further than the first.
                let more = if indent.is_empty() { String::new() } else { format!("{indent}  ") };
                wrap(text, columns, &more)
            }
            Content::Item(text) => wrap(text, columns, "    "),
            Content::Table(table) => table.fitted(columns),
        }
    }
}
