//! Makes the JavaScript bindings of a WebAssembly module that uses `wasm-bindgen`, for the runtime of
//! Workers: `bindings <module.wasm> <directory> [--reset]`. Writes `index.js` and `index_bg.wasm`.

use std::env::args;
use std::fs::{read_to_string, write};
use std::mem::replace;
use std::path::Path;

use anyhow::{Result, bail, ensure};
use wasm_bindgen_cli_support::{Bindgen, Output};

fn main() -> Result<()> {
    let args: Vec<String> = args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        [module, directory] => bind(module, directory, false),
        [module, directory, "--reset"] => bind(module, directory, true),
        _ => bail!("usage: bindings <module.wasm> <directory> [--reset]"),
    }
}

/// `can_reset` exports what replaces an instance.
fn bind(module: &str, directory: &str, can_reset: bool) -> Result<()> {
    let mut output = Bindgen::new()
        .input_path(module)
        .out_name("index")
        .web(true)?
        .omit_default_module_path(true)
        .typescript(false)
        .reset_state_function(can_reset)
        .generate_output()?;
    let names = shorten_imports(&mut output);
    ensure!(!names.is_empty(), "no import of {module} is from index.js");
    output.emit(directory)?;
    rename(&Path::new(directory).join("index.js"), &names)
}

/// Gives short names to what the module imports from `index.js`. Answers the old and the new ones.
/// The old ones end with hashes, which do not compress, and take 3 kB of both files.
fn shorten_imports(output: &mut Output) -> Vec<(String, String)> {
    let imports = output.wasm_mut().imports.iter_mut().filter(|it| it.module == "./index_bg.js");
    let mut names = Vec::new();
    for (number, import) in imports.enumerate() {
        let short = format!("i{number}");
        names.push((replace(&mut import.name, short.clone()), short));
    }
    names
}

/// Renames fields of the object with the imports.
fn rename(script: &Path, names: &[(String, String)]) -> Result<()> {
    let mut text = read_to_string(script)?;
    for (old, new) in names {
        let field = format!("{old}: ");
        ensure!(
            text.matches(&field).count() == 1,
            "{} does not have the import {old} once",
            script.display()
        );
        text = text.replace(&field, &format!("{new}: "));
    }
    Ok(write(script, text)?)
}
