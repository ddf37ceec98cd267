//! `barelink cni install DIR`: links that make this program the plugins, and the client.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::PLUGINS;

/// The client's name.
const CLIENT: &str = "cnitool";

/// Makes the links in a folder, which is made if it is not there. A link that is there is replaced, in one step; a
/// program that is there only if `force` says so.
///
/// # Errors
/// What could not be made. Links that were made before stay.
pub fn install(folder: &Path, force: bool, out: &mut dyn Write) -> Result<(), String> {
    let program =
        std::env::current_exe().and_then(fs::canonicalize).map_err(|error| format!("where this program is: {error}"))?;
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for name in PLUGINS.iter().map(|plugin| plugin.name).chain([CLIENT]) {
        let path = folder.join(name);
        let is_program = path.symlink_metadata().is_ok_and(|meta| !meta.is_symlink());
        if is_program && !force {
            return Err(format!("{} is there and is no link; --force replaces it", path.display()));
        }
        link(&program, &path).map_err(|error| format!("{}: {error}", path.display()))?;
        writeln!(out, "{} -> {}", path.display(), program.display()).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Makes a link beside its place, and moves it there.
fn link(program: &Path, path: &Path) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    symlink(program, &beside)?;
    fs::rename(&beside, path)
}
