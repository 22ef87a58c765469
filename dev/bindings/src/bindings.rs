//! Makes the JavaScript bindings of a WebAssembly module that uses `wasm-bindgen`, for the runtime of
//! Workers: `bindings <module.wasm> <directory> [--reset]`. Writes `index.js` and `index_bg.wasm`.

use std::env::args;

use anyhow::{Result, bail};
use wasm_bindgen_cli_support::Bindgen;

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
    Bindgen::new()
        .input_path(module)
        .out_name("index")
        .web(true)?
        .omit_default_module_path(true)
        .typescript(false)
        .reset_state_function(can_reset)
        .generate(directory)
}
