//! What makes no sense is refused with the right code and sentence, and nothing is made.

use std::process::Command;

use crate::place::{Done, Place};

#[test]
fn configurations() {
    let net = r#""subnet":"10.1.0.0/24""#;
    let invalid = |set: &str| format!("invalid range set 0: {set}");
    let table: &[(&str, u32, String)] = &[
        (r#""x":1"#, 7, "no IP ranges specified".into()),
        (r#""ranges":[]"#, 7, "no IP ranges specified".into()),
        (r#""ranges":[[]]"#, 7, invalid("empty range set")),
        (r#""ranges":[[{}]]"#, 7, invalid("missing subnet")),
        (r#""ranges":{}"#, 6, "ipam.ranges must be a list, not an object".into()),
        (r#""ranges":[{"subnet":"10.1.0.0/24"}]"#, 6, "ipam.ranges[0] must be a list, not an object".into()),
        (r#""ranges":[["10.1.0.0/24"]]"#, 6, "ipam.ranges[0][0] must be an object, not \"10.1.0.0/24\"".into()),
        (r#""subnet":1"#, 6, "ipam.subnet must be a string, not 1".into()),
        (r#""subnet":"10.1.0.0""#, 7, "ipam.subnet: \"10.1.0.0\" is not a subnet, as 10.1.0.0/16".into()),
        (r#""subnet":"10.1.0.0/33""#, 7, "ipam.subnet: \"10.1.0.0/33\" is not a subnet, as 10.1.0.0/16".into()),
        (r#""subnet":"10.1.0.0/31""#, 7, invalid("Network 10.1.0.0/31 too small to allocate from")),
        (r#""subnet":"fd00::/127""#, 7, invalid("Network fd00::/127 too small to allocate from")),
        (
            r#""subnet":"10.1.0.1/24""#,
            7,
            invalid("Network has host bits set. For a subnet mask of length 24 the network address is 10.1.0.0"),
        ),
        (r#""subnet":"10.1.0.0/24","rangeStart":"10.2.0.1""#, 7, invalid("RangeStart 10.2.0.1 not in network 10.1.0.0/24")),
        (r#""subnet":"10.1.0.0/24","rangeEnd":"x""#, 7, "ipam.rangeEnd: \"x\" is not an IP address".into()),
        (r#""subnet":"10.1.0.0/24","rangeEnd":"10.2.0.1""#, 7, invalid("RangeEnd 10.2.0.1 not in network 10.1.0.0/24")),
        (
            r#""subnet":"10.1.0.0/24","rangeStart":"10.1.0.9","rangeEnd":"10.1.0.8""#,
            7,
            invalid("RangeEnd 10.1.0.8 not in network 10.1.0.0/24: it is before RangeStart 10.1.0.9"),
        ),
        (r#""subnet":"10.1.0.0/24","gateway":"10.2.0.1""#, 7, invalid("Gateway 10.2.0.1 not in network 10.1.0.0/24")),
        (r#""subnet":"10.1.0.0/24","gateway":"fd00::1""#, 7, invalid("Gateway fd00::1 not in network 10.1.0.0/24")),
        (r#""ranges":[[{"subnet":"10.1.0.0/24"},{"subnet":"fd00::/64"}]]"#, 7, invalid("mixed address families")),
        (
            r#""ranges":[[{"subnet":"10.1.0.0/24"},{"subnet":"10.1.0.0/25"}]]"#,
            7,
            invalid("subnets 10.1.0.1-10.1.0.254 and 10.1.0.1-10.1.0.126 overlap"),
        ),
        (r#""subnet":"10.1.0.0/24","ranges":[[{"subnet":"10.1.0.0/16"}]]"#, 7, "range set 0 overlaps with 1".into()),
        (
            r#""routes":[{"dst":"x"}]"#,
            7,
            "ipam.routes[0].dst: \"x\" is not an IP address with the length of its prefix, as 10.1.0.0/16".into(),
        ),
        (r#""routes":[{"gw":"10.1.0.1"}]"#, 7, "ipam.routes[0].dst: missing".into()),
        (r#""routes":[{"dst":"::/0","mtu":-1}]"#, 7, "ipam.routes[0].mtu: -1 is out of range".into()),
        (r#""dataDir":7"#, 6, "ipam.dataDir must be a string, not 7".into()),
    ];
    for (ipam, code, msg) in table {
        let place = Place::new();
        let ipam = if ipam.contains("routes") || ipam.contains("dataDir") { format!("{ipam},{net}") } else { (*ipam).to_owned() };
        let config = place.config("1.1.0", &ipam);
        // of two keys the last counts
        place.run(&place.ours, "ADD", "c1", &config).says(*code, msg);
        assert!(!place.root.join("data").exists(), "{ipam}");
    }
    let place = Place::new();
    let two = place.config("0.2.0", r#""ranges":[[{"subnet":"10.1.0.0/24"}],[{"subnet":"10.2.0.0/24"}]]"#);
    place.run(&place.ours, "ADD", "c1", &two).says(7, "CNI version 0.2.0 does not support more than 1 address per family");
    place.run(&place.ours, "ADD", "c1", r#"{"name":"n","cniVersion":"1.0.0"}"#).says(7, "IPAM config missing 'ipam' key");
    let hostile = place.config("1.0.0", net).replace("\"n\"", "\"../n\"");
    place.run(&place.ours, "ADD", "c1", &hostile).says(7, "invalid characters found in network name");
    assert!(!place.root.join("data").exists());
}

#[test]
fn environments() {
    let place = Place::new();
    let config = place.config("1.1.0", r#""subnet":"10.1.0.0/24""#);
    for (var, value, code, msg) in [
        ("CNI_CONTAINERID", "../c1", 3, "invalid characters in containerID"),
        ("CNI_CONTAINERID", "c1\r\neth1", 3, "invalid characters in containerID"),
        ("CNI_IFNAME", "../eth0", 4, "interface name contains / or : or whitespace characters"),
        ("CNI_IFNAME", "a\nb", 4, "interface name contains / or : or whitespace characters"),
        ("CNI_ARGS", "IP=x", 7, "CNI_ARGS: IP: \"x\" is not an IP address"),
        ("CNI_ARGS", "IP", 4, "CNI_ARGS: invalid pair \"IP\""),
    ] {
        let mut program = Command::new("/usr/bin/env");
        program.arg(format!("{var}={value}")).arg(&place.ours);
        let done = Done::from(place.start_with(program, "ADD", "c1", &config).wait_with_output().unwrap());
        done.says(code, msg);
    }
    assert!(!place.root.join("data").exists());
}
