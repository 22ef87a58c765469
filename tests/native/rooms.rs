//! The rooms of `src`, from low to high: no room imports from a higher one.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// From low to high. A room may import from itself and from the rooms before it.
const ROOMS: [&str; 32] = [
    "secret",
    "origin",
    "time",
    "together",
    "json",
    "oci",
    "account",
    "authorization",
    "token",
    "presign",
    "config",
    "services",
    "refusal",
    "balena",
    "seal",
    "trace",
    "memory",
    "fault",
    "marks",
    "deployment",
    "exchange",
    "allowance",
    "upstream",
    "kept",
    "session",
    "answer",
    "route",
    "release",
    "pages",
    "hosted",
    "app",
    "edge",
];

/// The only room that may use JavaScript, and the pattern of such code.
const JAVASCRIPT: (&str, &str) =
    ("edge", r"\b(js_sys|web_sys|worker|wasm_bindgen\w*)::|#\[wasm_bindgen");

struct Source {
    file: PathBuf,
    /// The path of its module, which begins with the room.
    module: Vec<String>,
    /// Its code without comment lines.
    code: String,
}

impl Source {
    fn room(&self) -> &str {
        &self.module[0]
    }

    // `self` is left out, because it never leads to another room.
    fn imports(&self) -> Vec<String> {
        let path = Regex::new(r"\b(crate|super)((?:::super)*)::(\w+|\{)").expect("a pattern");
        let found = path.captures_iter(&self.code);
        found
            .filter_map(|path| {
                let ups = path[2].matches("super").count() + usize::from(&path[1] == "super");
                let stays = &path[1] == "super" && ups < self.module.len();
                (!stays).then(|| path[3].to_owned())
            })
            .collect()
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let file = entry.expect("an entry").path();
        if file.is_dir() {
            collect(root, &file, found);
        } else if file.extension().is_some_and(|it| it == "rs") && !file.ends_with("lib.rs") {
            let text = fs::read_to_string(&file).expect("a source");
            let module = file.strip_prefix(root).expect("it is under it").with_extension("");
            let module = module.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            found.push(Source { file, module, code: lines.collect::<Vec<_>>().join("\n") });
        }
    }
}

fn height(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
}

#[test]
fn every_room_has_its_place_and_every_place_a_room() {
    let sources = sources();
    let strangers: Vec<_> = sources.iter().filter(|it| height(it.room()).is_none()).collect();
    let files: Vec<_> = strangers.iter().map(|it| &it.file).collect();
    assert!(files.is_empty(), "no place in ROOMS: {files:?}");
    for room in ROOMS {
        assert!(sources.iter().any(|it| it.room() == room), "nothing is in {room}");
    }
}

#[test]
fn no_import_runs_from_a_lower_room_to_a_higher_one() {
    let mut offences = Vec::new();
    for source in sources() {
        for room in source.imports() {
            // A room without a place counts as higher: rooms could hide behind a brace.
            let is_upwards = height(&room).is_none_or(|it| Some(it) > height(source.room()));
            if is_upwards {
                offences.push(format!("{}: {room}", source.file.display()));
            }
        }
    }
    assert!(offences.is_empty(), "imports that run upwards:\n{}", offences.join("\n"));
}

#[test]
fn edge_alone_knows_javascript() {
    let (room, says) = JAVASCRIPT;
    let says = Regex::new(says).expect("a pattern");
    let knows: Vec<_> = sources().into_iter().filter(|it| says.is_match(&it.code)).collect();
    assert!(knows.iter().any(|it| it.room() == room), "the pattern finds what is there");
    let files: Vec<_> = knows.iter().filter(|it| it.room() != room).map(|it| &it.file).collect();
    assert!(files.is_empty(), "JavaScript in {files:?}");
}
