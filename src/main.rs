//! Which tool am I? The program's name says so, or else the first word.

use std::io::{stderr, stdout};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned());
    let name = args.next().unwrap_or_default();
    let mut words: Vec<String> = args.collect();
    let mut applet = Path::new(&name).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !matches!(applet.as_str(), "ip" | "nft") && !words.is_empty() {
        applet = words.remove(0);
    }
    let (mut out, mut err) = (stdout().lock(), stderr().lock());
    let status = match applet.as_str() {
        "ip" => barelink::ip::main(&words, &mut out, &mut err),
        _ => 1,
    };
    ExitCode::from(status as u8)
}
