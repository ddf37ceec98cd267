//! What the targets begin with: the corpus, what was found, and the commands of the twins.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nlmsg::fuzz::{Corpus, Target};

use crate::capture::{Datagram, PcapWriter, Sink};

/// How many commands `views` has to try a message with; a few of them are tried with each.
const VIEWS: [u8; 4] = [0, 4, 20, 31];

/// The files of a folder, in order; none if there is no such folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|path| path.is_file());
    files.sort();
    Ok(files)
}

/// Commands of the twins' data in `tests/FOLDER`, without the words that say how they are tried.
fn commands(tests: &Path, folder: &str) -> io::Result<Vec<String>> {
    let mut commands = Vec::new();
    for file in files(&tests.join(folder))? {
        let text = fs::read_to_string(&file)?;
        let mut made = "";
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let line = line.strip_prefix("! ").or(line.strip_prefix("refused: ")).unwrap_or(line);
            if folder != "nft" {
                commands.extend(line.starts_with(folder).then(|| line.to_owned()));
                continue;
            }
            // what a line needs, the first line of its section makes
            if line.starts_with("add table") {
                made = line;
            }
            commands.push(format!("{made}\n{line}"));
        }
    }
    Ok(commands)
}

/// Makes a file of a datagram.
type MakeFile = fn(&[u8]) -> Vec<u8>;

/// A datagram as the files that hold it.
const FILES: [MakeFile; 4] = [
    <[u8]>::to_vec,
    |datagram| datagram.iter().map(|byte| format!("{byte:02x} ")).collect::<String>().into_bytes(),
    |datagram| {
        let mut file = PcapWriter::new(Vec::new()).expect("a vector takes all");
        file.datagram(&Datagram { bytes: datagram, len: datagram.len(), ..Datagram::default() }).expect("a vector takes all");
        file.finish().expect("a vector takes all")
    },
    |datagram| {
        let text: String = datagram.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        format!("sendto(3<socket:[7]>, \"{text}\", {0}, 0, NULL, 0) = {0}\n", datagram.len()).into_bytes()
    },
];

/// The inputs that a target begins with, each with its story: of the repository at `home`, its corpus, its regressions and
/// the commands of its tests.
///
/// # Errors
/// A file cannot be read.
pub fn seeds(home: &Path, target: &Target) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut seeds = Vec::new();
    for file in files(&home.join("fuzz/regressions").join(target.name))? {
        seeds.push((file.display().to_string(), fs::read(&file)?));
    }
    let texts: &[&str] = match target.name {
        "words" => &["ip", "bridge"],
        "nft_text" => &["nft"],
        _ => &[],
    };
    for folder in texts {
        seeds.extend(commands(&home.join("tests"), folder)?.into_iter().map(|line| (line.clone(), line.into_bytes())));
    }
    if !texts.is_empty() {
        return Ok(seeds);
    }
    for file in files(&home.join("fuzz/corpus"))? {
        for entry in Corpus::new(&fs::read_to_string(&file)?) {
            let story = format!("{}: $ {}", file.display(), entry.command);
            match target.name {
                "attributes" => seeds.push((story, entry.datagram.get(20..).unwrap_or_default().to_vec())),
                "views" => seeds.extend(VIEWS.map(|at| (story.clone(), [&[at][..], &entry.datagram].concat()))),
                "readers" => seeds.extend(FILES.map(|file| (story.clone(), file(&entry.datagram)))),
                _ => seeds.push((story, entry.datagram.to_vec())),
            }
        }
    }
    Ok(seeds)
}
