//! The options of `nft`.

use std::io::Write;

use super::types::Style;

const USAGE: &str = "Usage: nft [ options ] [ cmds... ]

Options (general):
  -h, --help                      Show this help
  -v, --version                   Show version information

Options (ruleset input handling):
  -f, --file <filename>           Read input from <filename>
  -c, --check                     Check commands validity without actually applying the changes.

Options (ruleset list formatting):
  -a, --handle                    Output rule handle.
  -s, --stateless                 Omit stateful information of ruleset.
  -t, --terse                     Omit contents of sets.
  -S, --service                   Translate ports to service names as described in /etc/services.
  -u, --guid                      Print UID/GID as defined in /etc/passwd and /etc/group.
  -n, --numeric                   Print fully numerical output.
  -y, --numeric-priority          Print chain priority numerically.
  -p, --numeric-protocol          Print layer 4 protocols numerically.
  -T, --numeric-time              Print time values numerically.

Options (command output format):
  -e, --echo                      Echo what has been added, inserted or replaced.
";

/// What the options say.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) style: Style,
    pub(super) files: Vec<String>,
    pub(super) check: bool,
    pub(super) echo: bool,
}

/// Reads options up to the first word that is none; an exit code if there is nothing left to do.
pub(super) fn read_options<'a>(
    args: &'a [String],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> std::io::Result<Result<(Options, Vec<&'a str>), i32>> {
    let mut options = Options::default();
    let mut words = Vec::new();
    let mut args = args.iter().map(String::as_str);
    // options may stand anywhere before the command's own text needs a `-`
    while let Some(arg) = args.next() {
        let letters: Vec<char> = match arg {
            "--help" => vec!['h'],
            "--version" => vec!['v'],
            "--file" => vec!['f'],
            "--check" => vec!['c'],
            "--handle" => vec!['a'],
            "--stateless" => vec!['s'],
            "--terse" => vec!['t'],
            "--service" => vec!['S'],
            "--guid" => vec!['u'],
            "--numeric" => vec!['n'],
            "--numeric-priority" => vec!['y'],
            "--numeric-protocol" => vec!['p'],
            "--numeric-time" => vec!['T'],
            "--echo" => vec!['e'],
            arg if words.is_empty() && arg.len() > 1 && arg.starts_with('-') => arg[1..].chars().collect(),
            arg => {
                words.push(arg);
                continue;
            }
        };
        let mut letters = letters.into_iter().peekable();
        while let Some(letter) = letters.next() {
            let style = &mut options.style;
            match letter {
                'h' => {
                    write!(out, "{USAGE}")?;
                    return Ok(Err(0));
                }
                'v' | 'V' => {
                    writeln!(out, "barelink {}", env!("CARGO_PKG_VERSION"))?;
                    return Ok(Err(0));
                }
                'f' => {
                    let rest: String = letters.by_ref().collect();
                    match if rest.is_empty() { args.next().map(String::from) } else { Some(rest) } {
                        Some(file) => options.files.push(file),
                        None => {
                            writeln!(err, "nft: option requires an argument -- 'f'")?;
                            return Ok(Err(1));
                        }
                    }
                }
                'c' => options.check = true,
                'e' => options.echo = true,
                'a' => style.handles = true,
                's' => style.stateless = true,
                't' => style.terse = true,
                'S' => style.services = true,
                'u' => style.users = true,
                'y' => style.priority = true,
                'p' => style.proto = true,
                'T' => style.times = true,
                'n' => {
                    style.symbols = true;
                    style.proto = true;
                    style.priority = true;
                    style.times = true;
                }
                other => {
                    writeln!(err, "nft: invalid option -- '{other}'")?;
                    return Ok(Err(1));
                }
            }
        }
    }
    Ok(Ok((options, words)))
}
