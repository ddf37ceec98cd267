//! Names of the host's ends of veth pairs. They are made from what they belong to, so that they are found again when
//! nothing but a container's identifier is left.

/// What the names begin with.
const VETH: &str = "veth";
/// Characters for the network: 20 bits.
const NETWORK: u32 = 4;
/// Characters for the attachment: 35 bits. Together they fill the 15 bytes that a name has.
const ATTACHMENT: u32 = 7;

/// The name for an interface of a container in a network.
pub(crate) fn of_attachment(network: &str, container_id: &str, ifname: &str) -> String {
    let mut name = of_network(network);
    put(&mut name, hash(&[network, container_id, ifname]), ATTACHMENT);
    name
}

/// What the names of a network's veths begin with.
pub(crate) fn of_network(network: &str) -> String {
    let mut name = VETH.to_owned();
    put(&mut name, hash(&[network]), NETWORK);
    name
}

/// Whether a name could be one of [`of_attachment`] in a network whose names begin with `prefix`.
pub(crate) fn is_of(prefix: &str, name: &str) -> bool {
    name.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == ATTACHMENT as usize && rest.bytes().all(|byte| DIGITS.contains(&byte)))
}

const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

fn put(name: &mut String, mut hash: u64, digits: u32) {
    for _ in 0..digits {
        name.push(DIGITS[(hash & 31) as usize] as char);
        hash >>= 5;
    }
}

/// FNV-1a over the parts and what separates them, then mixed so that all bits count. It must never change: a node
/// can be given a newer program while containers run.
fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    for (shift, factor) in [(33, 0xff51_afd7_ed55_8ccd), (33, 0xc4ce_b9fe_1a85_ec53), (33, 1)] {
        hash = (hash ^ (hash >> shift)).wrapping_mul(factor);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_what_they_are() {
        // of containers that run: these must never change
        assert_eq!(of_attachment("mynet", "cnitool-77383ca0a0715733ca6f", "eth0"), "vethe5gniuihzox");
        assert_eq!(of_network("mynet"), "vethe5gn");
    }

    #[test]
    fn names_tell_attachments_apart() {
        let mut names: Vec<String> = (0..20_000).map(|i| of_attachment("n", &format!("c{i}"), "eth0")).collect();
        names.extend([of_attachment("n", "c", "eth0"), of_attachment("n", "ce", "th0"), of_attachment("nc", "e", "th0")]);
        assert!(names.iter().all(|name| name.len() == 15));
        assert!(names[..20_000].iter().all(|name| is_of(&of_network("n"), name)));
        assert!(!is_of(&of_network("n"), "vethabcd") && !is_of(&of_network("n"), "eth0"));
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
