//! No bytes from outside make a parser or the app panic.
//!
//! `PROPTEST_CASES` makes the run longer. Inputs that once found something, or that come close to
//! an inner branch, are kept in `corpus/`, one a line.

mod inputs;
mod parsers;

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};

use self::parsers::{PARSERS, Parser};

const CORPUS: [(&str, &str); 6] = [
    ("names", include_str!("corpus/names.txt")),
    ("replies", include_str!("corpus/replies.txt")),
    ("requests", include_str!("corpus/requests.txt")),
    ("sealed", include_str!("corpus/sealed.txt")),
    ("settings", include_str!("corpus/settings.txt")),
    ("urls", include_str!("corpus/urls.txt")),
];

// Gives every input of `strategy` to `parser`, and returns their number.
fn run(parser: &Parser, strategy: impl Strategy<Value = Vec<u8>>) -> u32 {
    let long_run = ProptestConfig::default().cases;
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { long_run } else { parser.cases };
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let inputs = Cell::new(0);
    let result = TestRunner::new(config).run(&strategy, |input| {
        inputs.set(inputs.get() + 1);
        (parser.read)(&input);
        Ok(())
    });
    if let Err(TestError::Fail(reason, input)) = result {
        let text = String::from_utf8_lossy(&input);
        panic!("{} on {text:?} ({input:?}): {reason}", parser.name);
    }
    inputs.get()
}

#[test]
fn no_text_and_no_bytes_make_a_parser_panic() {
    for parser in &PARSERS {
        println!("{}: {} texts and bytes", parser.name, run(parser, inputs::texts_and_bytes()));
    }
}

#[test]
fn no_json_makes_a_parser_panic() {
    for parser in &PARSERS {
        println!("{}: {} JSON texts", parser.name, run(parser, inputs::json()));
    }
}

#[test]
fn no_bytes_under_our_own_seal_make_a_parser_panic() {
    for parser in &PARSERS {
        println!("{}: {} forms of entries", parser.name, run(parser, inputs::entries()));
    }
}

#[test]
fn no_line_of_the_corpus_makes_a_parser_panic() {
    for (file, text) in CORPUS {
        assert_ne!(text.lines().count(), 0, "{file}");
        for parser in &PARSERS {
            text.lines().for_each(|line| (parser.read)(line.as_bytes()));
            println!("{}: {} inputs of corpus/{file}.txt", parser.name, text.lines().count());
        }
    }
}
