//! What a release's page says of its image.

use maud::{Markup, html};

use super::parts::{code, facts, known, table, text};
use super::units;
use crate::oci::digest::Digest;
use crate::oci::image::Document;
use crate::release::shown::{Config, Image, RUN};

// What the page calls the fields about how containers are run.
const NAMES: [&str; RUN.len()] = ["Entry point", "Command", "User", "Directory"];

/// The sections about an image.
pub(super) fn section(image: &Image) -> Markup {
    let config = image.config.as_ref();
    let platform = config.map(Config::platform).filter(|it| !it.is_empty());
    let mut rows = vec![
        ("Digest", code(&image.digest.to_string())),
        ("Platform", known(platform.map(text))),
        ("Compressed", size(image.document().compressed())),
    ];
    for (at, name) in NAMES.into_iter().enumerate() {
        let said = |config: &Config| match config.run(at) {
            "" => text("none"),
            said => code(said),
        };
        rows.push((name, known(config.map(said))));
    }
    html! {
        h2 { "Image" }
        (platforms(&image.top))
        (facts(&rows))
        @if config.is_none() { p.note { "The config of the image could not be read just now." } }
        h3 { "Layers" }
        (layers(image.document()))
        @if let Some(config) = config { (labels(config)) }
    }
}

fn platforms(top: &Document) -> Markup {
    let mut rows = Vec::new();
    for child in top.runnable() {
        rows.push(vec![known(child.platform().map(|it| text(&it))), digest(child.digest())]);
    }
    html! {
        @if rows.len() > 1 {
            p { "This image is for several platforms. What follows the table is about the first." }
            (table(&["Platform", "Digest"], &rows))
        }
    }
}

fn layers(document: &Document) -> Markup {
    let mut rows = Vec::new();
    for layer in document.layers() {
        rows.push(vec![digest(layer.digest()), size(layer.size())]);
    }
    table(&["Digest", "Compressed"], &rows)
}

fn labels(config: &Config) -> Markup {
    let mut rows = Vec::new();
    for (name, value) in config.labels() {
        rows.push((name, text(value)));
    }
    html! {
        @if !rows.is_empty() {
            h3 { "Labels" }
            (facts(&rows))
        }
    }
}

fn digest(digest: Option<Digest>) -> Markup {
    known(digest.map(|it| code(&it.to_string())))
}

fn size(bytes: Option<u64>) -> Markup {
    known(bytes.map(|it| text(&units::size(it))))
}
