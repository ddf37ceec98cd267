//! The program's own words, and the tools that it is when it is called by their names.

pub(crate) mod see;

use std::io::{self, IsTerminal, Write, stderr, stdout};
use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::{brctl, bridge, cni, demo, ip, nft, trace, watch};

/// A tool: its words, where its output and its errors go, and the exit status that comes back.
pub type Applet = fn(&[String], &mut dyn Write, &mut dyn Write) -> i32;

/// The tools that this program is, by the name that it is called by or by its first word.
pub const APPLETS: &[(&str, Applet)] =
    &[("ip", ip::main), ("nft", nft::main), ("bridge", bridge::main), ("brctl", brctl::main), ("cnitool", cni::tool::main)];

/// The tool of that name.
pub fn applet(name: &str) -> Option<Applet> {
    APPLETS.iter().find(|(applet, _)| *applet == name).map(|(_, main)| *main)
}

/// Standard output without a buffer that ends at lines: a tool gathers its output itself.
pub(crate) struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(nix::unistd::write(stdout(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs the program; `args` begins with its name. Returns the exit status.
pub fn main(args: &[String]) -> i32 {
    // runtimes run a plugin without words; a tool that a plugin runs inherits its environment, and has some
    let plugin = name(args).and_then(cni::plugin).filter(|plugin| plugin.name != "bridge" || (cni::asked() && args.len() == 1));
    if let Some(plugin) = plugin {
        return cni::main(plugin, &mut Stdout, &mut stderr().lock());
    }
    let called = tool_of(args);
    let words = args.get(1..).unwrap_or_default();
    // these have options of the same names, and words of other programs
    let own_words = called.is_none() && words.first().is_some_and(|word| ["decode", "explain", "trace"].contains(&word.as_str()));
    // most runs are not watched, and pay nothing for it
    if !own_words && words.iter().any(|word| ["--explain", "--pcap", "--dry-run"].iter().any(|option| word.starts_with(option))) {
        return watched(args);
    }
    run(called, words)
}

/// Runs the program, and watches what it says to the kernel as the options ask for.
fn watched(args: &[String]) -> i32 {
    let called = name(args).filter(|name| applet(name).is_some());
    let result = see::Watch::take(&args[1..]).and_then(|(watch, left)| {
        let tool = called.or(left.first().map(String::as_str)).unwrap_or_default();
        watch.start(tool).map(|()| left)
    });
    let words = match result {
        Ok(words) => words,
        Err(error) => {
            let _ = writeln!(stderr(), "Error: {error}");
            return 255;
        }
    };
    let status = run(called.and_then(applet), &words);
    drop(watch::finish());
    status
}

/// The tool that the program is called by the name of.
fn tool_of(args: &[String]) -> Option<Applet> {
    name(args).and_then(applet)
}

fn run(called: Option<Applet>, words: &[String]) -> i32 {
    let first = words.first().and_then(|word| applet(word));
    match (called, first, words) {
        // a tool must start fast: clap is built only for words that are our own
        (Some(applet), _, words) | (None, Some(applet), [_, words @ ..]) => applet(words, &mut Stdout, &mut stderr().lock()),
        _ => own(words),
    }
}

/// What the program is called by.
fn name(args: &[String]) -> Option<&str> {
    Path::new(args.first()?).file_name()?.to_str()
}

/// `demo` and its kin.
fn own(words: &[String]) -> i32 {
    let mut grammar = grammar();
    if words.is_empty() {
        return i32::from(write!(stdout(), "{}", grammar.render_help()).is_err());
    }
    let matches = match grammar.try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => {
            let _ = error.print();
            return error.exit_code();
        }
    };
    match matches.subcommand() {
        Some(("demo", matches)) => demo(matches),
        Some(("cni", matches)) => install(matches),
        Some(("trace", matches)) => trace::command::main(matches),
        Some(("decode", matches)) => see::decode(matches),
        Some(("explain", matches)) => see::explain(matches),
        // clap lets no other word pass
        _ => 2,
    }
}

fn demo(matches: &ArgMatches) -> i32 {
    let tools: Vec<&str> = APPLETS.iter().map(|(name, _)| *name).collect();
    let colour = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let options = demo::Options { keep: matches.get_flag("keep"), colour, tools: &tools };
    demo::main(options, &mut stdout().lock(), &mut stderr().lock())
}

fn install(matches: &ArgMatches) -> i32 {
    let Some(("install", matches)) = matches.subcommand() else { return 2 };
    let folder = matches.get_one::<String>("DIR").map_or("", String::as_str);
    match cni::install::install(Path::new(folder), matches.get_flag("force"), &mut stdout().lock()) {
        Ok(()) => 0,
        Err(error) => {
            let _ = writeln!(stderr(), "error: {error}");
            1
        }
    }
}

fn grammar() -> Command {
    let tools: Vec<&str> = APPLETS.iter().map(|(name, _)| *name).collect();
    let usage = format!("barelink {} WORDS...\n       barelink COMMAND", tools.join("|"));
    let after = format!(
        "`barelink {0} WORDS...` takes the words of `{0}`, prints what it prints, and ends as it ends; so does a link\n\
         to this program with that name. New here? Begin with: barelink demo",
        tools[0]
    );
    Command::new("barelink")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Container networks over raw netlink")
        .no_binary_name(true)
        .override_usage(usage)
        .after_help(after)
        .subcommand(see::explain_grammar())
        .subcommand(see::decode_grammar())
        .subcommand_value_name("COMMAND")
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommand(trace::command::grammar())
        .subcommand(
            Command::new("demo")
                .about("Build a container's network in a sandbox, as any user, and prove it with packets")
                .override_usage("barelink demo [--keep]")
                .arg(
                    Arg::new("keep")
                        .long("keep")
                        .action(ArgAction::SetTrue)
                        .help("Stay inside with a shell, to look around; all is gone when it ends"),
                ),
        )
        .subcommand(
            Command::new("cni")
                .about("CNI plugins: bridge, host-local and loopback are links to this program")
                .override_usage("barelink cni install [--force] DIR")
                .subcommand_required(true)
                .disable_help_subcommand(true)
                .subcommand(
                    Command::new("install")
                        .override_usage("barelink cni install [--force] DIR")
                        .about("Make the links, and one for cnitool, in a folder such as /opt/cni/bin")
                        .arg(Arg::new("DIR").required(true).help("The folder; it is made if it is not there"))
                        .arg(
                            Arg::new("force")
                                .long("force")
                                .action(ArgAction::SetTrue)
                                .help("Replace programs too, not only links"),
                        ),
                ),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        grammar().debug_assert();
    }
}
