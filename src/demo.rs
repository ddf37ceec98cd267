//! `barelink demo`: a container's network, built step by step in namespaces of its own, and proved with packets.
//!
//! | file | what it is |
//! | --- | --- |
//! | this one | the story: a table of steps, and how it is told |
//! | `demo/place.rs` | what the steps with links, addresses and routes say to the kernel |
//! | `demo/firewall.rs` | what those with tables, chains and rules say |
//! | `demo/ping.rs` | the packets |
//! | `demo/wire.rs` | listens to every socket, and makes a line of each message |
//! | `demo/sandbox.rs` | namespaces for anybody, and a shell inside |
//!
//! Names and addresses are those of a home: the router 192.168.2.1, the host 192.168.2.101 beside it, and behind the
//! host a bridge with one container, 10.100.0.2, of which the router knows nothing.

mod firewall;
mod ping;
mod place;
mod sandbox;
mod wire;

use std::fmt::Display;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nlmsg::nft::{NF_DROP, NF_INET_FORWARD, NF_INET_POST_ROUTING, NFT_META_IIFNAME, NFT_META_OIFNAME};
use nlmsg::route::IF_OPER_UP;

use self::firewall::Firewall;
use self::place::Place;
use self::sandbox::Powers;
use self::wire::{Sent, Wire};
use crate::NetNs;

/// What went wrong in the demo itself; a ping that is lost is no error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This user may not have namespaces.
    #[error("cannot make namespaces of its own: {}", crate::exchange::strerror(*.errno as i32))]
    Forbidden {
        /// Why.
        errno: Errno,
        /// What to do about it, in lines.
        advice: Vec<String>,
    },
    /// The kernel refused a step.
    #[error(transparent)]
    Netlink(#[from] crate::Error),
    /// A namespace could not be made.
    #[error(transparent)]
    NetNs(#[from] crate::netns::Error),
    /// The operating system refused something.
    #[error("cannot {what}: {}", crate::exchange::strerror(*.errno as i32))]
    System {
        /// What was tried.
        what: String,
        /// Why it failed.
        errno: Errno,
    },
    /// The story cannot be told.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

impl Error {
    /// For `map_err`: what was tried.
    fn system(what: impl Into<String>) -> impl FnOnce(Errno) -> Error {
        move |errno| Error::System { what: what.into(), errno }
    }

    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
        move |error| Error::System { what: what.into(), errno: sandbox::errno(&error) }
    }
}

/// How the demo is told.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Leave a shell inside at the end.
    pub keep: bool,
    /// Use colours.
    pub colour: bool,
    /// Names under which this program is that tool; links in that shell.
    pub tools: &'a [&'a str],
}

const ROUTER: Ipv4Addr = Ipv4Addr::new(192, 168, 2, 1);
const HOST: Ipv4Addr = Ipv4Addr::new(192, 168, 2, 101);
const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 100, 0, 1);
const CONTAINER: Ipv4Addr = Ipv4Addr::new(10, 100, 0, 2);
/// The container's network without its last byte: a /24.
const NETWORK: [u8; 3] = [10, 100, 0];

/// How long an answer may take that must come: a machine may be busy.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long to wait before asking again.
const SETTLE: Duration = Duration::from_millis(2);
/// How long to wait for one that must not come.
const LOST: Duration = Duration::from_millis(500);

/// One step of the story.
struct Step {
    /// What one would type.
    command: &'static str,
    act: Act,
}

/// What a step does, and what is expected of it.
enum Act {
    /// Makes a namespace.
    NetNs(&'static str),
    /// Says something to the kernel, which does it.
    Do(fn(&mut Lab) -> Result<(), crate::Error>),
    /// Says something to the kernel, which must refuse, because.
    Refused(fn(&mut Lab) -> Result<(), crate::Error>, &'static str),
    /// Asks whether a device of the host is at work, until it is. Being set up is not enough: its carrier comes a moment
    /// later, and a bridge drops what comes before.
    AtWork(&'static str, &'static str),
    /// Sends packets from the container that must be answered.
    Reached(Ipv4Addr, &'static str),
    /// Sends packets from the container that must be lost, because.
    Lost(Ipv4Addr, &'static str),
    /// Reads back what the masquerading rule has counted, which must be something.
    Counted,
}

/// A few steps that belong together.
struct Scene {
    title: &'static str,
    steps: &'static [Step],
}

const fn step(command: &'static str, act: Act) -> Step {
    Step { command, act }
}

use Act::{AtWork, Counted, Do, Lost, Reached, Refused};

const STORY: &[Scene] = &[
    Scene {
        title: "A home: this host and its router, on one cable",
        steps: &[
            step("ip netns add uplink", Act::NetNs("uplink")),
            step(
                "ip link add up0 type veth peer name eth0 netns uplink",
                Do(|lab| {
                    let (host, uplink) = lab.host_and("uplink")?;
                    host.add_veth("up0", "eth0", Some(uplink))
                }),
            ),
            step("ip address add 192.168.2.101/24 dev up0", Do(|lab| lab.host.add_addr(HOST, 24, "up0"))),
            step("ip link set lo up", Do(|lab| lab.host.up("lo"))),
            step("ip link set up0 up", Do(|lab| lab.host.up("up0"))),
            step("ip -n uplink address add 192.168.2.1/24 dev eth0", Do(|lab| lab.at("uplink")?.add_addr(ROUTER, 24, "eth0"))),
            step("ip -n uplink link set eth0 up", Do(|lab| lab.at("uplink")?.up("eth0"))),
            step("ip route add default via 192.168.2.1", Do(|lab| lab.host.add_default(ROUTER, None))),
        ],
    },
    Scene {
        title: "A bridge in the host, a container with a cable to it",
        steps: &[
            step("ip netns add testns", Act::NetNs("testns")),
            step("ip link add testbr type bridge", Do(|lab| lab.host.add_bridge("testbr"))),
            step("ip link add ve1 type veth peer name ve2", Do(|lab| lab.host.add_veth("ve1", "ve2", None))),
            step("ip link set ve1 master testbr", Do(|lab| lab.host.enslave("ve1", "testbr"))),
            step(
                "ip link set ve2 netns testns",
                Do(|lab| {
                    let (host, testns) = lab.host_and("testns")?;
                    host.give("ve2", testns)
                }),
            ),
            step("ip address add 10.100.0.1/24 dev testbr", Do(|lab| lab.host.add_addr(GATEWAY, 24, "testbr"))),
            step("ip -n testns address add 10.100.0.2/24 dev ve2", Do(|lab| lab.at("testns")?.add_addr(CONTAINER, 24, "ve2"))),
            step(
                "ip -n testns route add default via 10.100.0.1 dev ve2",
                Refused(|lab| lab.at("testns")?.add_default(GATEWAY, Some("ve2")), "ve2 is still down, and has no routes"),
            ),
            step("ip link set ve1 up", Do(|lab| lab.host.up("ve1"))),
            step("ip -n testns link set ve2 up", Do(|lab| lab.at("testns")?.up("ve2"))),
            step("ip link set testbr up", Do(|lab| lab.host.up("testbr"))),
            step("ip link show testbr", AtWork("testbr", "it is UP: the container's cable has brought it a carrier")),
            step(
                "ip -n testns route add default via 10.100.0.1 dev ve2",
                Do(|lab| lab.at("testns")?.add_default(GATEWAY, Some("ve2"))),
            ),
            step("ip netns exec testns ping -c1 10.100.0.1", Reached(GATEWAY, "the gateway answers, over the bridge")),
            step("ip netns exec testns ping -c1 192.168.2.101", Reached(HOST, "so does the host's other address")),
        ],
    },
    Scene {
        title: "The way out: forward, filter, masquerade",
        steps: &[
            step("sysctl -w net.ipv4.conf.testbr.forwarding=1", Do(|lab| lab.host.forward("testbr"))),
            step("sysctl -w net.ipv4.conf.up0.forwarding=1", Do(|lab| lab.host.forward("up0"))),
            step(
                "ip netns exec testns ping -c1 192.168.2.1",
                Lost(ROUTER, "10.100.0.2 asks, and the router knows no way back to it"),
            ),
            step("nft add table ip filter", Do(|lab| lab.firewall.add_table("filter"))),
            step(
                "nft add chain ip filter FORWARD '{ type filter hook forward priority 0; policy drop; }'",
                Do(|lab| lab.firewall.add_chain("filter", "FORWARD", ("filter", NF_INET_FORWARD, 0), Some(NF_DROP))),
            ),
            step("nft add table ip nat", Do(|lab| lab.firewall.add_table("nat"))),
            step(
                "nft add chain ip nat POSTROUTING '{ type nat hook postrouting priority 100; }'",
                Do(|lab| lab.firewall.add_chain("nat", "POSTROUTING", ("nat", NF_INET_POST_ROUTING, 100), None)),
            ),
            step(
                "nft add rule ip filter FORWARD oifname testbr accept",
                Do(|lab| lab.firewall.accept(NFT_META_OIFNAME, "testbr")),
            ),
            step(
                "nft add rule ip filter FORWARD iifname testbr accept",
                Do(|lab| lab.firewall.accept(NFT_META_IIFNAME, "testbr")),
            ),
            step(
                "nft insert rule ip nat POSTROUTING oifname != testbr ip saddr 10.100.0.0/24 counter masquerade",
                Do(|lab| lab.firewall.masquerade("testbr", NETWORK)),
            ),
            step(
                "ip netns exec testns ping -c1 192.168.2.1",
                Reached(ROUTER, "now the router answers: to it 192.168.2.101 asks, which it knows"),
            ),
            step("nft list chain ip nat POSTROUTING", Counted),
        ],
    },
];

/// Everything that the steps work on.
struct Lab {
    wire: Wire,
    host: Place,
    others: Vec<(&'static str, Place)>,
    firewall: Firewall,
    /// Tells the pings apart.
    pings: u16,
}

impl Lab {
    fn new() -> Result<Lab, Error> {
        let wire = Wire::default();
        let host = Place::new(NetNs::current()?, &wire)?;
        let firewall = Firewall::new(&host.ns, &wire)?;
        Ok(Lab { wire, host, others: Vec::new(), firewall, pings: std::process::id() as u16 })
    }

    /// A namespace that a step has made.
    fn at(&mut self, name: &'static str) -> Result<&mut Place, crate::Error> {
        Ok(self.host_and_place(name)?.1)
    }

    /// The host, and such a namespace.
    fn host_and(&mut self, name: &'static str) -> Result<(&mut Place, &NetNs), crate::Error> {
        self.host_and_place(name).map(|(host, place)| (host, &place.ns))
    }

    fn host_and_place(&mut self, name: &'static str) -> Result<(&mut Place, &mut Place), crate::Error> {
        let place = self.others.iter_mut().find(|(other, _)| *other == name).map(|(_, place)| place);
        Ok((&mut self.host, place.ok_or_else(|| crate::netns::Error::Missing { name: name.into() })?))
    }

    fn ping(&mut self, to: Ipv4Addr, limit: Duration) -> Result<Option<Duration>, Error> {
        self.pings = self.pings.wrapping_add(1);
        let id = self.pings;
        ping::ping(&self.at("testns")?.ns, to, id, limit)
    }
}

/// Runs the demo; returns the exit status: 0 if all that was expected came true. Call it while the process has one thread
/// only: it moves it into new namespaces.
pub fn main(options: Options<'_>, out: &mut dyn Write, err: &mut dyn Write) -> i32 {
    let mut teller = Teller { out, colour: options.colour, held: 0, broken: 0 };
    match run(options, &mut teller) {
        Ok(true) => 0,
        Ok(false) => 1,
        Err(error) => {
            let _ = teller.out.flush();
            let _ = writeln!(err, "barelink demo: {error}");
            if let Error::Forbidden { advice, .. } = error {
                let _ = advice.iter().try_for_each(|line| writeln!(err, "  {line}"));
            }
            1
        }
    }
}

fn run(options: Options<'_>, teller: &mut Teller<'_>) -> Result<bool, Error> {
    let begin = Instant::now();
    let powers = sandbox::enter()?;
    teller.opening(powers)?;
    let mut lab = Lab::new()?;
    let whole = story(&mut lab, teller)?;
    let Sent { messages, bytes } = lab.wire.sent();
    teller.line("")?;
    if whole {
        picture(&mut lab, teller)?;
    }
    teller.line(format_args!(
        "{messages} messages with {bytes} bytes to the kernel, {:.2} seconds.",
        begin.elapsed().as_secs_f64()
    ))?;
    teller.verdict()?;
    if options.keep {
        let tools = options.tools.iter().map(|tool| format!("`{tool}`")).collect::<Vec<_>>().join(", ");
        teller.line(format_args!("\nNow a shell inside, where this program goes by the name of {tools}."))?;
        teller.line("`exit` ends it, and all of this with it. Try:")?;
        for command in ["ip address", "ip -n testns route", "ip netns exec testns ping -c1 192.168.2.1", "nft list ruleset"] {
            teller.line(format_args!("  {command}"))?;
        }
        teller.out.flush()?;
        sandbox::shell(options.tools)?;
    } else {
        teller.line("Nothing of it stays. To look around inside: barelink demo --keep")?;
    }
    teller.out.flush()?;
    Ok(whole && teller.broken == 0)
}

/// Tells all steps; false if one failed that the others need.
fn story(lab: &mut Lab, teller: &mut Teller<'_>) -> Result<bool, Error> {
    for (number, scene) in (1..).zip(STORY) {
        teller.title(number, scene.title)?;
        for step in scene.steps {
            teller.command(step.command)?;
            let went = perform(&step.act, lab);
            for talk in lab.wire.take() {
                teller.fact(talk)?;
            }
            match went {
                Ok(Outcome { fact, expected }) => {
                    fact.map_or(Ok(()), |fact| teller.fact(fact))?;
                    expected.map_or(Ok(()), |(held, words)| teller.expected(held, words))?;
                }
                Err(Error::Output(error)) => return Err(error.into()),
                Err(error) => {
                    teller.expected(false, format_args!("this should have worked. {error}"))?;
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

/// What came of a step, besides messages to the kernel.
#[derive(Default)]
struct Outcome {
    /// What else was done.
    fact: Option<String>,
    /// Whether what was expected came true, in words.
    expected: Option<(bool, String)>,
}

fn perform(act: &Act, lab: &mut Lab) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    match *act {
        Act::NetNs(name) => {
            let place = Place::new(NetNs::create(name)?, &lab.wire)?;
            lab.others.push((name, place));
            outcome.fact = Some(format!("no netlink: unshare(CLONE_NEWNET), then mount(2) onto {}/{name}", crate::netns::DIR));
        }
        Do(ask) => ask(lab)?,
        Refused(ask, why) => {
            outcome.expected = Some(match ask(lab) {
                Ok(()) => (false, format!("the kernel did it, but should not have: {why}")),
                Err(error) if error.refusal().is_some() => (true, format!("the kernel refuses, as it should: {why}")),
                Err(error) => return Err(error.into()),
            });
        }
        AtWork(name, why) => {
            let begin = Instant::now();
            let mut state = lab.host.state(name)?;
            while state != IF_OPER_UP && begin.elapsed() < PATIENCE {
                std::thread::sleep(SETTLE);
                // only the last question and its answer are worth a line
                lab.wire.take();
                state = lab.host.state(name)?;
            }
            outcome.expected = Some(match state {
                IF_OPER_UP => (true, why.to_owned()),
                state => (false, format!("{name} should be UP, and is {state}")),
            });
        }
        Reached(to, why) => {
            let answer = lab.ping(to, PATIENCE)?;
            outcome.fact = Some(echoes(answer, PATIENCE));
            outcome.expected = Some(match answer {
                Some(_) => (true, why.to_owned()),
                None => (false, format!("{to} should have answered")),
            });
        }
        Lost(to, why) => {
            let answer = lab.ping(to, LOST)?;
            outcome.fact = Some(echoes(answer, LOST));
            outcome.expected = Some(match answer {
                Some(_) => (false, format!("{to} should not have answered: {why}")),
                None => (true, format!("lost, as expected: {why}")),
            });
        }
        Counted => {
            let counted = lab.firewall.masqueraded()?;
            outcome.expected = Some(match counted {
                Some(counted) => {
                    let words = format!("counter packets {} bytes {} masquerade", counted.packets, counted.bytes);
                    (counted.packets > 0, format!("the kernel shows the rule's work: {words}"))
                }
                None => (false, "the kernel shows no rule that masquerades".to_owned()),
            });
        }
    }
    Ok(outcome)
}

fn echoes(answer: Option<Duration>, limit: Duration) -> String {
    let came = match answer {
        Some(time) => format!("echo reply after {:.3} ms", time.as_secs_f64() * 1000.0),
        None => format!("nothing within {} ms", limit.as_millis()),
    };
    format!("ICMP echo request, {} bytes -> {came}", ping::LEN)
}

/// Draws what is there, with the addresses that the kernel reports.
fn picture(lab: &mut Lab, teller: &mut Teller<'_>) -> Result<(), Error> {
    let bridge = lab.host.address("testbr")?.unwrap_or_default();
    let up0 = lab.host.address("up0")?.unwrap_or_default();
    let ve2 = lab.at("testns")?.address("ve2")?.unwrap_or_default();
    let eth0 = lab.at("uplink")?.address("eth0")?.unwrap_or_default();
    lab.wire.take();
    for line in [
        "  ┌ testns ────────┐  ┌ host ─────────────────────────────┐  ┌ uplink ────────┐".to_owned(),
        "  │            ve2 ┼──┼ ve1 ─ testbr ─ filter ─ nat ─ up0 ┼──┼ eth0           │".into(),
        format!("  │{ve2:>15} │  │  {bridge:<16}{up0:>16} │  │ {eth0:<15}│"),
        "  └────────────────┘  └───────────────────────────────────┘  └────────────────┘".into(),
        "    the container:      forwards; drops what neither comes     the router: it".into(),
        "    default via         from testbr nor goes there; lends      knows no way to".into(),
        format!("    {:<20}its address to 10.100.0.0/24           10.100.0.0/24", GATEWAY.to_string()),
        String::new(),
    ] {
        teller.line(line)?;
    }
    Ok(())
}

/// Writes the story, and keeps count of what came true.
struct Teller<'o> {
    out: &'o mut dyn Write,
    colour: bool,
    held: usize,
    broken: usize,
}

const BOLD: &str = "1";
const DIM: &str = "2";
const GREEN: &str = "32";
const RED: &str = "1;31";

impl Teller<'_> {
    /// A text in a colour (the number of an ECMA-48 escape), where there are colours.
    fn paint(&self, colour: &str, text: impl Display) -> String {
        if self.colour { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_string() }
    }

    fn line(&mut self, text: impl Display) -> Result<(), io::Error> {
        writeln!(self.out, "{text}")
    }

    fn opening(&mut self, powers: Powers) -> Result<(), io::Error> {
        let title = self.paint(BOLD, "A container's network, by hand");
        let rights = match powers {
            Powers::Root => "root".to_owned(),
            Powers::Own(uid) => format!("user {uid} (root inside, thanks to a user namespace)"),
        };
        writeln!(self.out, "{title}\n")?;
        writeln!(self.out, "Built in namespaces of its own by {rights}.")?;
        writeln!(self.out, "The network of this machine is not touched.\n")?;
        writeln!(self.out, "$ what you would type")?;
        let said = self.paint(DIM, "what is said to the kernel instead -> what the kernel answers");
        writeln!(self.out, "      {said}")
    }

    fn title(&mut self, number: usize, text: &str) -> Result<(), io::Error> {
        let title = self.paint(BOLD, format_args!("{number}. {text}"));
        writeln!(self.out, "\n{title}")
    }

    fn command(&mut self, text: &str) -> Result<(), io::Error> {
        let command = self.paint(BOLD, text);
        writeln!(self.out, "$ {command}")
    }

    fn fact(&mut self, text: impl Display) -> Result<(), io::Error> {
        let fact = self.paint(DIM, text);
        writeln!(self.out, "      {fact}")
    }

    fn expected(&mut self, held: bool, words: impl Display) -> Result<(), io::Error> {
        self.held += usize::from(held);
        self.broken += usize::from(!held);
        let mark = if held { self.paint(GREEN, "✓") } else { self.paint(RED, "✗") };
        writeln!(self.out, "  {mark} {words}")
    }

    fn verdict(&mut self) -> Result<(), io::Error> {
        let (held, all) = (self.held, self.held + self.broken);
        match self.broken {
            0 => {
                let text = self.paint(GREEN, format_args!("✓ All {all} expectations came true."));
                self.line(text)
            }
            _ => {
                let text = self.paint(RED, format_args!("✗ {held} of {all} expectations came true."));
                self.line(text)
            }
        }
    }
}
