//! Parts of several pages. Every text in them is escaped.

use maud::{Markup, html};

/// The most rows of a list. Whoever makes an image could write thousands of layers or labels into it.
const MOST_ROWS: usize = 200;

/// A table whose first column names the rows. On a narrow screen each row is a card, in which each
/// value has its column's name before it.
pub(super) fn table(columns: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        table {
            thead { tr { @for column in columns { th scope="col" { (column) } } } }
            tbody {
                @for row in rows.iter().take(MOST_ROWS) {
                    tr {
                        @for (at, (column, cell)) in columns.iter().zip(row).enumerate() {
                            @if at == 0 {
                                th scope="row" data-label=(column) { (cell) }
                            } @else {
                                td data-label=(column) { (cell) }
                            }
                        }
                    }
                }
            }
        }
        (left_out(rows.len()))
    }
}

/// Names with their values.
pub(super) fn facts(rows: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts { @for (name, value) in rows.iter().take(MOST_ROWS) { dt { (name) } dd { (value) } } }
        (left_out(rows.len()))
    }
}

fn left_out(rows: usize) -> Markup {
    html! {
        @if let Some(more @ 1..) = rows.checked_sub(MOST_ROWS) { p.note { (more) " more are left out." } }
    }
}

/// A text.
pub(super) fn text(text: &str) -> Markup {
    html! { (text) }
}

/// A text that a machine reads, too.
pub(super) fn code(text: &str) -> Markup {
    html! { code { (text) } }
}

/// A link within this site. `path` follows a grammar, so it cannot lead elsewhere.
pub(super) fn link(path: &str, text: &str) -> Markup {
    html! { a href={ "/" (path) } { (text) } }
}

/// What is known, or a word for what is not.
pub(super) fn known(said: Option<Markup>) -> Markup {
    said.unwrap_or_else(|| html! { span.unknown { "unknown" } })
}
