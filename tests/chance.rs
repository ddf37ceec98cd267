//! Commands by chance, with the originals and with ours. The grammars that they are made of are in `tests/chance/*.txt`.

#[path = "chance/grammar.rs"]
mod grammar;
#[path = "chance/monitors.rs"]
mod monitors;
#[path = "chance/run.rs"]
mod run;
mod sandbox;
mod twin;

/// `CHANCE=SEED:COUNT` tries others than those of every run, and `TWIN` names the grammars. What a stock kernel has runs
/// there (`tests/vm.rs`).
#[test]
fn commands_by_chance() {
    run::all(|name| !name.starts_with("stock-"));
}
