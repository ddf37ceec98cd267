//! Many at once, and many leases.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use barelink::cni::host_local::store::{Holder, Store, index::SINCE, lease::Lease};

use crate::place::{Done, Place};

const NET: &str = "10.1.0.0/16";

/// Runs `command` for all at once.
fn all(place: &Place, command: &str, config: &str, of: &[(String, PathBuf)]) -> Vec<Done> {
    let children: Vec<_> = of.iter().map(|(id, plugin)| place.start(plugin, command, id, config)).collect();
    children.into_iter().map(|child| child.wait_with_output().unwrap().into()).collect()
}

fn everybody_has_one(place: &Place, plugins: &[PathBuf]) {
    let config = place.config("1.0.0", r#""ranges":[[{"subnet":"10.1.0.0/24"}],[{"subnet":"fd00::/64"}]]"#);
    let of: Vec<_> = (0..60).map(|i| (format!("c{i}"), plugins[i % plugins.len()].clone())).collect();
    let done = all(place, "ADD", &config, &of);
    let addresses: BTreeSet<_> = done.iter().map(Done::address).collect();
    assert_eq!((addresses.len(), place.leases().len()), (60, 120));
    // half of them go while others come
    let (gone, kept) = of.split_at(30);
    let new: Vec<_> = (60..90).map(|i| (format!("c{i}"), plugins[i % plugins.len()].clone())).collect();
    let going: Vec<_> = gone.iter().map(|(id, plugin)| place.start(plugin, "DEL", id, &config)).collect();
    assert!(all(place, "ADD", &config, &new).iter().all(|done| done.ok));
    assert!(going.into_iter().all(|child| child.wait_with_output().unwrap().status.success()));
    for (id, plugin) in kept.iter().chain(&new) {
        assert!(place.run(plugin, "CHECK", id, &config).ok, "{id}");
    }
    assert_eq!(place.leases().len(), 120);
    for (id, plugin) in kept.iter().chain(&new) {
        assert!(place.run(plugin, "DEL", id, &config).ok);
    }
    assert_eq!(place.names(), ["last_reserved_ip.0", "last_reserved_ip.1"]);
}

#[test]
fn processes() {
    let place = Place::new();
    everybody_has_one(&place, std::slice::from_ref(&place.ours));
}

#[test]
fn processes_of_both() {
    let place = Place::new();
    let Some(theirs) = place.theirs("both at once") else { return };
    everybody_has_one(&place, &[place.ours.clone(), theirs]);
}

#[test]
fn the_last_addresses_go_to_one_each() {
    let place = Place::new();
    let config = place.config("1.0.0", r#""subnet":"10.1.0.0/28""#);
    let of: Vec<_> = (0..30).map(|i| (format!("c{i}"), place.ours.clone())).collect();
    let done = all(&place, "ADD", &config, &of);
    assert_eq!((done.iter().filter(|done| done.ok).count(), place.leases().len()), (13, 13));
    assert!(done.iter().filter(|done| !done.ok).all(|done| done.json["code"] == 103));
}

#[test]
fn threads() {
    let place = Place::new();
    let data = place.root.join("data");
    let give = |id: &str, addr: std::net::IpAddr| {
        let mut store = Lease::write(&data, "n", Holder::new(id, "eth0")).and_then(Lease::store).unwrap();
        let mut reservation = store.begin(Holder::new(id, "eth0")).unwrap();
        let taken = reservation.take(addr).unwrap();
        if taken {
            reservation.keep(&[(0, addr)]).unwrap();
        }
        taken
    };
    // eight threads want the same addresses
    let taken: Vec<usize> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let give = &give;
                let wanted = move || (2..40).filter(|i| give(&format!("t{thread}-{i}"), [10, 1, 0, *i].into())).count();
                scope.spawn(wanted)
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!((taken.iter().sum::<usize>(), place.leases().len()), (38, 38));
    let mut store = Store::open(&data, "n").unwrap().unwrap();
    assert_eq!(store.names().unwrap().len(), 38);
    let by_all: usize = (0..8)
        .flat_map(|t| (2..40).map(move |i| format!("t{t}-{i}")))
        .map(|id| store.held(Holder::new(&id, "eth0")).unwrap().len())
        .sum();
    assert_eq!(by_all, 38);
}

/// The calls of `openat` that a command makes: how many leases it read.
fn opened(place: &Place, command: &str, id: &str) -> Option<usize> {
    let log = place.root.join("strace");
    let mut strace = std::process::Command::new("strace");
    strace.arg("-o").arg(&log).args(["-e", "trace=openat,open"]).arg(&place.ours);
    let run = place.start_with(strace, command, id, &place.config("1.1.0", &format!("\"subnet\":\"{NET}\"")));
    let done = Done::from(run.wait_with_output().unwrap());
    assert!(done.ok, "{command} {id}: {done:?}");
    let text = fs::read_to_string(log).ok()?;
    Some(text.lines().filter(|line| line.contains("\"10.1.")).count())
}

fn has_strace(test: &str) -> bool {
    let works = std::process::Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success());
    if !works {
        println!("left out: {test}: no strace");
    }
    works
}

#[test]
fn look_up_does_not_read_every_lease() {
    if !has_strace("look-up does not read every lease") {
        return;
    }
    let place = Place::new();
    let many = SINCE as u32 + 300;
    place.fill(many);
    fs::write(place.lease("last_reserved_ip.0"), "10.1.1.200").unwrap();
    let read_all = |opened: usize| opened >= many as usize;
    // somebody else wrote them: they are read once
    assert!(read_all(opened(&place, "ADD", "c1").unwrap()));
    assert_eq!(place.mode(".index"), 0o600);
    for (command, id) in
        [("ADD", "c2"), ("CHECK", "c2"), ("DEL", "c1"), ("ADD", "c3"), ("CHECK", "old7"), ("DEL", "old7"), ("DEL", "c3")]
    {
        let opened = opened(&place, command, id).unwrap();
        assert!(opened < 10, "{command} {id} opened {opened} leases");
    }
    // full at the end of a round, it looks at names and not into files
    fs::write(place.lease("last_reserved_ip.0"), "10.1.0.1").unwrap();
    assert!(opened(&place, "ADD", "c4").unwrap() < 100);
    // whatever touches the directory, it is believed no more
    type Touch = (&'static str, fn(&Place));
    let touches: [Touch; 4] = [
        ("a new file", |place| fs::write(place.lease("10.1.200.1"), "new\r\neth0").unwrap()),
        ("a deleted one", |place| fs::remove_file(place.lease("10.1.200.1")).unwrap()),
        ("a broken index", |place| fs::write(place.lease(".index"), "x").unwrap()),
        ("no index", |place| fs::remove_file(place.lease(".index")).unwrap()),
    ];
    for (what, touch) in touches {
        touch(&place);
        assert!(read_all(opened(&place, "CHECK", "c2").unwrap() + 5), "{what}");
        assert!(opened(&place, "CHECK", "c2").unwrap() < 10, "after {what}");
    }
    // from another start of the kernel
    let mut index = fs::read(place.lease(".index")).unwrap();
    index[16] ^= 1;
    fs::write(place.lease(".index"), index).unwrap();
    assert!(read_all(opened(&place, "CHECK", "c2").unwrap() + 5));
}

/// However many there were at once, nothing of ours stays beside the original's files.
#[test]
fn few_leases_have_no_index() {
    let place = Place::new();
    let (run, count) = (|command: &str, id: &str| assert!(place.ours(command, id, NET).ok, "{command} {id}"), SINCE as u32);
    place.fill(count);
    let index = || place.lease(".index").exists();
    run("ADD", "c1");
    assert!(index());
    // it does not go with the lease that it came with
    run("DEL", "c1");
    (0..count / 2).for_each(|i| run("DEL", &format!("old{i}")));
    assert!(index());
    (count / 2..count).for_each(|i| run("DEL", &format!("old{i}")));
    assert_eq!(place.names(), ["last_reserved_ip.0"]);
}

/// Both change the store in turns while there is an index: what the original did is always seen.
#[test]
fn the_index_never_hides_what_the_original_did() {
    let place = Place::new();
    let Some(theirs) = place.theirs("the index beside the original") else { return };
    place.fill(SINCE as u32 + 20);
    let config = place.config("1.0.0", &format!("\"subnet\":\"{NET}\""));
    let run = |plugin: &Path, command: &str, id: &str| place.run(plugin, command, id, &config);
    let count = place.leases().len();
    for round in 0..10 {
        let (a, b) = (format!("a{round}"), format!("b{round}"));
        assert!(run(&place.ours, "ADD", &a).ok && run(&theirs, "ADD", &b).ok);
        run(&place.ours, "ADD", &b)
            .says(101, &format!("{} has been allocated to {b}, duplicate allocation is not allowed", lease_of(&place, &b)));
        assert!(!run(&theirs, "ADD", &a).ok);
        assert!(run(&theirs, "DEL", &a).ok && !run(&place.ours, "CHECK", &a).ok);
        assert!(run(&place.ours, "ADD", &a).ok && run(&place.ours, "DEL", &b).ok && run(&theirs, "CHECK", &a).ok);
        assert!(run(&theirs, "DEL", &format!("old{round}")).ok && run(&place.ours, "DEL", &format!("old{}", round + 100)).ok);
        assert!(run(&place.ours, "DEL", &a).ok);
        assert!(place.lease(".index").exists(), "the original left it alone");
        assert_eq!(place.leases().len(), count - 2 * (round + 1));
    }
}

fn lease_of(place: &Place, id: &str) -> String {
    let is_its = |name: &String| fs::read_to_string(place.lease(name)).is_ok_and(|text| text == format!("{id}\r\neth0"));
    place.leases().into_iter().find(is_its).unwrap()
}

/// The table through growing, deleting and many of one container, against what is on disk.
#[test]
fn the_index_says_what_is_there() {
    let place = Place::new();
    place.fill(SINCE as u32);
    let data = place.root.join("data");
    let mut seed = 1_u32;
    let mut held: std::collections::BTreeMap<String, BTreeSet<std::net::IpAddr>> = Default::default();
    for step in 0..3000_u32 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let id = format!("c{}", (seed >> 16) % 700);
        let holder = Holder::new(&id, "eth0");
        let mut store = Lease::write(&data, "n", holder).and_then(Lease::store).unwrap();
        if seed >> 30 == 0 {
            let released = store.release(holder).unwrap();
            assert_eq!(released, held.remove(&id).unwrap_or_default().len(), "step {step}");
        } else {
            let addr = std::net::IpAddr::from((0x0a02_0000 + step).to_be_bytes());
            let mut reservation = store.begin(holder).unwrap();
            assert!(reservation.link(addr).unwrap());
            if seed >> 27 & 7 == 0 {
                drop(reservation);
            } else {
                reservation.keep(&[]).unwrap();
                held.entry(id.clone()).or_default().insert(addr);
            }
        }
        let found: BTreeSet<_> = store.held(holder).unwrap().into_iter().collect();
        assert_eq!(found, held.get(&id).cloned().unwrap_or_default(), "step {step}: {id}");
    }
    assert!(place.lease(".index").metadata().unwrap().len() > 2048 * 32, "it never grew");
    let total: usize = held.values().map(BTreeSet::len).sum();
    assert_eq!(place.leases().len(), total + SINCE);
    for i in 0..SINCE {
        assert_eq!(Store::open(&data, "n").unwrap().unwrap().held(Holder::new(&format!("old{i}"), "eth0")).unwrap().len(), 1);
    }
}
