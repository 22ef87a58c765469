//! Runs the tests in a WebAssembly module under Node. cargo calls it with the module.

use std::env::args_os;

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(args_os())
}
