//! Everything that there is goes through the targets that need a peer.

use std::collections::BTreeMap;
use std::path::Path;

use barelink_fuzz::peers;

fn home() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

#[test]
fn peers_say_what_we_say() {
    let mut found = BTreeMap::new();
    for target in peers::TARGETS {
        for (story, bytes) in barelink::fuzz::seeds(home(), target).unwrap() {
            let differences = match target.name {
                "differential_packet" => peers::packet::differences(&bytes),
                "differential_bindings" => peers::bindings::differences(&bytes),
                _ => {
                    let _ = peers::packet::again(&bytes);
                    continue;
                }
            };
            for difference in differences {
                found.entry(format!("{}: {}", target.name, difference.path)).or_insert((difference, story.clone()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// What is known to differ is written down.
#[test]
fn known_differences_are_written_down() {
    let text = std::fs::read_to_string(home().join("fuzz/DIFFERENCES.md")).unwrap();
    for known in peers::packet::KNOWN {
        assert!(text.contains(&format!("`{known}`")), "{known} has its row in DIFFERENCES.md");
    }
}
