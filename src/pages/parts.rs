//! Parts of several pages. Every text in them is escaped.

use maud::{Markup, html};

/// A table whose first column names the rows. On a narrow screen each row is a card, in which each
/// value has its column's name before it.
pub(super) fn table(columns: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        table {
            thead { tr { @for column in columns { th scope="col" { (column) } } } }
            tbody {
                @for row in rows {
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
    }
}

/// Names with their values.
pub(super) fn facts(rows: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts { @for (name, value) in rows { dt { (name) } dd { (value) } } }
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
