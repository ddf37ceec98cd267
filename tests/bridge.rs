//! `bridge` and `brctl`, compared with the originals line by line. The lines are in `tests/bridge/*.txt` and
//! `tests/brctl/*.txt`.

mod twin;

#[test]
fn bridge_commands() {
    twin::folder("bridge");
}

#[test]
fn brctl_commands() {
    twin::folder("brctl");
}
