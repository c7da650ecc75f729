use std::{borrow::Cow, collections::BTreeSet, iter};

use console::{Alignment, measure_text_width, pad_str};

use super::wrap::{options, wrap};

/// The least that a first column may be wrapped to.
const LEAST: usize = 20;

/// A table with a header; the first column is set to the left, the others to the right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The columns' headers.
    pub header: Vec<String>,
    /// As many cells each as the header has.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        Self { header: header.iter().copied().map(str::to_owned).collect(), rows: rows.into_iter().collect() }
    }

    /// Columns two spaces apart, without the last newline.
    pub fn text(&self) -> String {
        self.aligned(usize::MAX)
    }

    /// Fits the table to a terminal's width. If it is too wide, its first column wraps. If that would leave too little
    /// of it, the table is split into slices below each other, each with the first column, if that identifies the rows;
    /// otherwise each row becomes a list of `header: value`.
    pub fn fitted(&self, columns: usize) -> String {
        let others: usize = self.widths().iter().skip(1).map(|width| 2 + width).sum();
        let titles = || iter::once(&self.header).chain(&self.rows).filter_map(|row| row.first());
        let longest = titles().flat_map(|title| title.split(' ')).map(measure_text_width).max().unwrap_or(0);
        let least = LEAST.min(self.widths().first().copied().unwrap_or(0)).max(longest);
        match columns.checked_sub(others) {
            Some(left) if left >= least => self.aligned(left),
            _ => self.sliced(columns).unwrap_or_else(|| self.listed(columns)),
        }
    }

    fn sliced(&self, columns: usize) -> Option<String> {
        let titles: BTreeSet<&String> = self.rows.iter().filter_map(|row| row.first()).collect();
        let widths = self.widths();
        let (&first, others) = widths.split_first()?;
        if titles.len() < self.rows.len() || others.iter().any(|width| first + 2 + width > columns) {
            return None;
        }
        let mut slices: Vec<Vec<usize>> = Vec::new();
        let mut free = 0;
        for (column, width) in (1..).zip(others) {
            match slices.last_mut().filter(|_| free >= 2 + width) {
                Some(slice) => slice.push(column),
                None => {
                    slices.push(vec![0, column]);
                    free = columns - first;
                }
            }
            free -= 2 + width;
        }
        let slice = |columns: &Vec<usize>| {
            let pick = |row: &Vec<String>| columns.iter().filter_map(|&column| row.get(column).cloned()).collect();
            Self { header: pick(&self.header), rows: self.rows.iter().map(pick).collect() }.text()
        };
        Some(slices.iter().map(slice).collect::<Vec<_>>().join("\n\n"))
    }

    /// How wide each column is.
    fn widths(&self) -> Vec<usize> {
        let rows = || iter::once(&self.header).chain(&self.rows);
        let width = |column: usize| rows().filter_map(|row| row.get(column)).map(|cell| measure_text_width(cell)).max();
        (0..self.header.len()).map(|column| width(column).unwrap_or(0)).collect()
    }

    /// As a table whose first column has at most `first` columns of the terminal.
    fn aligned(&self, first: usize) -> String {
        let mut widths = self.widths();
        if let Some(width) = widths.first_mut() {
            *width = first.min(*width);
        }
        let mut lines = Vec::new();
        for row in iter::once(&self.header).chain(&self.rows) {
            let (Some((title, cells)), Some((&width, widths))) = (row.split_first(), widths.split_first()) else {
                continue;
            };
            let mut title = textwrap::wrap(title, options(width).subsequent_indent("  ")).into_iter();
            let mut line = pad_str(&title.next().unwrap_or_default(), width, Alignment::Left, None).into_owned();
            for (cell, &width) in cells.iter().zip(widths) {
                line.push_str("  ");
                line.push_str(&pad_str(cell, width, Alignment::Right, None));
            }
            lines.push(line.trim_end().to_owned());
            lines.extend(title.map(Cow::into_owned));
        }
        lines.join("\n")
    }

    fn listed(&self, columns: usize) -> String {
        let names = self.header.iter().skip(1);
        let mut lines: Vec<String> = self.header.iter().take(1).map(|first| format!("{first}:")).collect();
        for row in &self.rows {
            lines.extend(row.first().map(|title| wrap(title, columns, "")));
            for (name, cell) in names.clone().zip(row.iter().skip(1)).filter(|(_, cell)| !cell.is_empty()) {
                lines.push(wrap(&format!("  {name}: {}", cell.trim_start()), columns, "    "));
            }
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_characters_take() {
        let rows = [vec!["σ".to_owned(), "1".to_owned()], vec!["ab".to_owned(), "100".to_owned()]];
        assert_eq!(Table::new(&["x", "n"], rows).text(), "x     n\nσ     1\nab  100");
        let rows = [vec!["日本".to_owned(), "語".to_owned()], vec!["abcd".to_owned(), "ab".to_owned()]];
        assert_eq!(Table::new(&["x", "n"], rows).text(), "x      n\n日本  語\nabcd  ab");
    }

    #[test]
    fn a_table_that_is_too_broad_becomes_a_list() {
        let rows = [vec!["0.3".to_owned(), "\" night\"".to_owned(), String::new()]];
        let table = Table::new(&["T", "most probable token", "alone"], rows);
        assert_eq!(table.fitted(40), table.text());
        assert_eq!(table.fitted(20), "T:\n0.3\n  most probable\n    token: \" night\"");
        let rows = [vec!["as uncertain as so many equal choices".to_owned(), "67.3".to_owned()]];
        let wrapped = "how they compare           small\nas uncertain as so many     67.3\n  equal choices";
        assert_eq!(Table::new(&["how they compare", "small"], rows).fitted(32), wrapped);
    }

    #[test]
    fn a_table_of_many_columns_is_cut_into_slices() {
        let row = |title: &str| {
            ["1", "22", "333"].iter().fold(vec![title.to_owned()], |row, x| [row, vec![(*x).to_owned()]].concat())
        };
        let table = Table::new(&["after", "a", "b", "c"], [row("one"), row("two")]);
        assert_eq!(table.fitted(13), "after  a   b\none    1  22\ntwo    1  22\n\nafter    c\none    333\ntwo    333");
        // The first column must identify the rows, or slices cannot be read.
        let twice = Table::new(&["after", "a", "b", "c"], [row("one"), row("one")]);
        assert!(twice.fitted(13).starts_with("after:\none\n  a: 1\n"));
    }
}
