//! What the kernel of this machine may lack (VLANs, ipvlan, dummy, bond, vrf, ...), tried on a stock Debian kernel: it is
//! booted under qemu, with an emulated processor, from an initramfs that `tests/vm/image` makes of this very test, the
//! program and the original tools. Inside, the twins run and the console carries what they say.

#[path = "chance/grammar.rs"]
mod grammar;
#[cfg(feature = "cli")]
#[path = "cni/plugins.rs"]
mod plugins;
#[path = "chance/run.rs"]
mod run;
#[cfg(feature = "cli")]
#[path = "cni/side.rs"]
mod side;
mod twin;
#[cfg(feature = "cli")]
#[path = "cni/twins.rs"]
#[allow(dead_code)] // networks by chance are not for here
mod twins;
#[cfg(feature = "cli")]
#[path = "cni/vlan.rs"]
mod vlan;

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

#[cfg(feature = "cli")]
use plugins::{ORIGINALS, able, plugins};
use twin::{Scratch, has, say};

/// The data files that ask for more than the kernel here has, unless `TWIN` names others; `cni-stock` is `cni/stock.txt`,
/// and `cni-vlan` is `cni/vlan.sh`. `stock-kinds` and `stock-vlan` are grammars in `chance`: an emulated processor takes a
/// second for each of their commands, so they run when they are named.
const DATA: &str = "kind-stock,vlan-stock,cni-stock,cni-vlan";
/// Seconds that the virtual machine has; with the processor to itself it takes a tenth.
const LIMIT: &str = "900";

/// What is missing, if the kernel cannot be booted here.
fn missing(kernel: &Path) -> Option<String> {
    if !kernel.join("list").exists() {
        return Some(format!("no kernel in {}; tests/vm/fetch puts one there", kernel.display()));
    }
    if !Path::new("/usr/lib/cni/bridge").exists() {
        return Some("no containernetworking-plugins on this machine".to_owned());
    }
    ["qemu-system-x86_64", "cpio", "ldd", "insmod", "timeout", "strace", "jq", "ping"]
        .into_iter()
        .find(|tool| !has(tool))
        .map(|tool| format!("no {tool} on this machine"))
}

#[test]
fn stock_kernel() {
    if std::env::var_os("BARELINK_IN_VM").is_some() {
        // all, whatever becomes of the first
        let folders = ["ip", "bridge"].map(|folder| thread::spawn(move || twin::folder(folder)));
        let all = folders.map(|folder| folder.join().is_ok());
        let others = [cni, || run::all(|_| false)].map(|other| thread::spawn(other).join().is_ok());
        return assert_eq!((all, others), ([true; 2], [true; 2]), "more is said above");
    }
    // cargo's folder for a test's own files is inside the one that it builds in
    let kernel = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("vm");
    let program = std::env::var("BARELINK_STATIC").ok().or(option_env!("CARGO_BIN_EXE_barelink").map(String::from));
    let (None, Some(program)) = (missing(&kernel), &program) else {
        let why = missing(&kernel).unwrap_or("there is no program without the feature cli".to_owned());
        return say(&format!("left out: the stock kernel in a virtual machine: {why}"));
    };
    let scratch = Scratch::new();
    let image = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vm/image"))
        .args([&kernel, &scratch.0, &std::env::current_exe().expect("a test has a path")])
        .arg(program)
        .output()
        .expect("a script can be run");
    assert!(image.status.success(), "no image: {}", String::from_utf8_lossy(&[image.stdout, image.stderr].concat()));

    let data = std::env::var("TWIN").ok();
    let subject = std::env::var("BARELINK_SUBJECT").ok().filter(|subject| subject == "original");
    let console = boot(&kernel, &scratch.0.join("initrd"), data.as_deref().unwrap_or(DATA), subject.as_deref());
    let text = console.join("\n");
    assert!(console.iter().any(|line| line == "ended: 0"), "in the virtual machine:\n{text}");
    let ran = console.iter().filter(|line| line.contains(", 0 fell short"));
    ran.clone().for_each(|line| say(&format!("in a stock kernel: {line}")));
    if data.is_none() {
        assert_eq!(ran.count(), DATA.split(',').count(), "not all of {DATA} ran:\n{text}");
        assert!(!text.contains("left out: "), "this kernel should have it all:\n{text}");
    }
}

/// The CNI plugins, in the virtual machine.
fn cni() {
    #[cfg(feature = "cli")]
    {
        let data = std::env::var("TWIN").unwrap_or_default();
        if data.split(',').any(|name| name == "cni-stock") {
            twins::compare_all("tests/cni/stock.txt", include_str!("cni/stock.txt"), None, 4);
        }
        if data.split(',').any(|name| name == "cni-vlan") {
            vlan::packets();
        }
    }
}

/// Boots, and returns the lines that came over the serial console.
fn boot(kernel: &Path, initrd: &Path, data: &str, subject: Option<&str>) -> Vec<String> {
    // words that the kernel does not know become the environment of the first program; programs that begin elsewhere each time
    // would be translated each time, which is half of the work
    let words = format!(
        "console=ttyS0 quiet loglevel=0 norandmaps panic=-1 tsc=unstable TWIN={data} BARELINK_SUBJECT={} {}",
        subject.unwrap_or("/barelink"),
        std::env::var("CHANCE").map(|chance| format!("CHANCE={chance}")).unwrap_or_default()
    );
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", LIMIT, "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "768"]);
    command.args(["-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot", "-append", &words]);
    command.arg("-kernel").arg(kernel.join("vmlinuz")).arg("-initrd").arg(initrd).process_group(0);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("qemu can be started");
    let output = BufReader::new(child.stdout.take().expect("a pipe was asked for"));
    let lines = output.split(b'\n').map_while(Result::ok);
    let console = lines.map(|line| String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned()).collect();
    child.wait().expect("qemu can be waited for");
    console
}
