//! Makes sure that there is a front end to embed: a built one, or a page that
//! says how to build it, so that `cargo build` alone never fails.

use std::path::Path;

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>MES Dashboard</title>\
<p>This server was built without its front end. Run <code>cargo xtask build</code>.</p></html>\n";

fn main() -> std::io::Result<()> {
    let dist = Path::new("../frontend/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    let page = dist.join("index.html");
    if !page.exists() {
        std::fs::create_dir_all(dist)?;
        std::fs::write(page, PLACEHOLDER)?;
    }
    Ok(())
}
