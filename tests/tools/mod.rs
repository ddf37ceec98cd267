//! The tools beside which our own are tried, and files that are gone after a test.

use std::path::{Path, PathBuf};

/// A folder that goes away with it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A new one, named after a test.
    pub(crate) fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("barelink-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// The path of a file in it.
    pub(crate) fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `PATH`, with the folders that some systems keep the tools of administrators in.
pub(crate) fn path() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default())
}

/// Whether all these tools are there; says which is not.
pub(crate) fn has(test: &str, tools: &[&str]) -> bool {
    let missing: Vec<_> =
        tools.iter().filter(|tool| !path().split(':').any(|folder| Path::new(folder).join(tool).exists())).collect();
    if !missing.is_empty() {
        println!("left out: {test}: no {missing:?}");
    }
    missing.is_empty()
}
