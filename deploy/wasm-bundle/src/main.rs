//! `wasm-bundle INPUT.wasm OUT_DIR NAME`: writes the JavaScript glue, the TypeScript
//! declarations and the processed wasm of a wasm-bindgen build.
//!
//! A crate of its own, because its dependencies take minutes to compile and
//! nothing but the bundling needs them.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

#[expect(clippy::print_stderr, reason = "a command line tool reports there")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [input, out_dir, name] = args.as_slice() else {
        eprintln!("usage: wasm-bundle INPUT.wasm OUT_DIR NAME");
        return ExitCode::from(64);
    };
    let mut bindgen = Bindgen::new();
    let done = bindgen.input_path(input).out_name(name).web(true).and_then(|bindgen| {
        bindgen.typescript(true).keep_debug(false).remove_producers_section(true).generate(out_dir)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wasm-bundle: {error:#}");
            ExitCode::FAILURE
        }
    }
}
