//! `seeds FOLDER`: writes the corpus as files, a folder a target, as fuzzers want it.

use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("seeds FOLDER")?;
    for target in barelink_fuzz::targets() {
        let into = Path::new(&folder).join(target.name);
        fs::create_dir_all(&into)?;
        for (_, bytes) in barelink::fuzz::seeds(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").as_path(), &target)? {
            let mut name = DefaultHasher::new();
            bytes.hash(&mut name);
            fs::write(into.join(format!("{:016x}", name.finish())), bytes)?;
        }
    }
    Ok(())
}
