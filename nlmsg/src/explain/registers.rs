//! What an expression of an nf_tables rule does to the registers, as a line.

use core::fmt::{self, Write};

use super::template::Scope;
use crate::nft::NftaExpr;
use crate::payload::{AttrSet, Context};

/// Each expression by its name; of several lines the first that has all its values, outside of brackets, is taken.
const EFFECTS: &[(&str, &[&str])] = &[
    (
        "payload",
        &[
            "{NFTA_PAYLOAD_DREG} = {NFTA_PAYLOAD_LEN} bytes of the packet from {NFTA_PAYLOAD_BASE} + {NFTA_PAYLOAD_OFFSET}",
            "{NFTA_PAYLOAD_LEN} bytes of the packet from {NFTA_PAYLOAD_BASE} + {NFTA_PAYLOAD_OFFSET} = {NFTA_PAYLOAD_SREG}[, checksum {NFTA_PAYLOAD_CSUM_TYPE} at + {NFTA_PAYLOAD_CSUM_OFFSET}]",
        ],
    ),
    ("meta", &["{NFTA_META_DREG} = {NFTA_META_KEY} of the packet", "{NFTA_META_KEY} of the packet = {NFTA_META_SREG}"]),
    (
        "ct",
        &[
            "{NFTA_CT_DREG} = {NFTA_CT_KEY} of the connection[, {NFTA_CT_DIRECTION}]",
            "{NFTA_CT_KEY} of the connection = {NFTA_CT_SREG}[, {NFTA_CT_DIRECTION}]",
        ],
    ),
    ("cmp", &["go on if {NFTA_CMP_SREG} {NFTA_CMP_OP} {NFTA_CMP_DATA.NFTA_DATA_VALUE}"]),
    (
        "range",
        &[
            "go on if {NFTA_RANGE_SREG} {NFTA_RANGE_OP} {NFTA_RANGE_FROM_DATA.NFTA_DATA_VALUE} to {NFTA_RANGE_TO_DATA.NFTA_DATA_VALUE}",
        ],
    ),
    (
        "bitwise",
        &[
            "{NFTA_BITWISE_DREG} = ({NFTA_BITWISE_SREG} & {NFTA_BITWISE_MASK.NFTA_DATA_VALUE}) ^ {NFTA_BITWISE_XOR.NFTA_DATA_VALUE}, {NFTA_BITWISE_LEN} bytes",
            "{NFTA_BITWISE_DREG} = {NFTA_BITWISE_SREG} {NFTA_BITWISE_OP} {NFTA_BITWISE_DATA.NFTA_DATA_VALUE}, {NFTA_BITWISE_LEN} bytes",
            "{NFTA_BITWISE_DREG} = {NFTA_BITWISE_SREG} {NFTA_BITWISE_OP} {NFTA_BITWISE_SREG2}, {NFTA_BITWISE_LEN} bytes",
        ],
    ),
    (
        "byteorder",
        &[
            "{NFTA_BYTEORDER_DREG} = {NFTA_BYTEORDER_SREG} after {NFTA_BYTEORDER_OP}, {NFTA_BYTEORDER_LEN} bytes in pieces of {NFTA_BYTEORDER_SIZE}",
        ],
    ),
    (
        "immediate",
        &[
            "{NFTA_IMMEDIATE_DREG} = {NFTA_IMMEDIATE_DATA.NFTA_DATA_VALUE}",
            "the verdict is {NFTA_IMMEDIATE_DATA.NFTA_DATA_VERDICT.NFTA_VERDICT_CODE}[ to chain {NFTA_IMMEDIATE_DATA.NFTA_DATA_VERDICT.NFTA_VERDICT_CHAIN}]",
        ],
    ),
    (
        "lookup",
        &[
            "{NFTA_LOOKUP_DREG} = what map {NFTA_LOOKUP_SET} has for {NFTA_LOOKUP_SREG}; go on if it has something",
            "go on unless set {NFTA_LOOKUP_SET} has {NFTA_LOOKUP_SREG} ({NFTA_LOOKUP_FLAGS})",
            "go on if set {NFTA_LOOKUP_SET} has {NFTA_LOOKUP_SREG}",
        ],
    ),
    (
        "dynset",
        &[
            "{NFTA_DYNSET_OP} in set {NFTA_DYNSET_SET_NAME}: key {NFTA_DYNSET_SREG_KEY}[, data {NFTA_DYNSET_SREG_DATA}][, for {NFTA_DYNSET_TIMEOUT} ms]",
        ],
    ),
    ("counter", &["count the packet and its bytes[; so far {NFTA_COUNTER_PACKETS} packets, {NFTA_COUNTER_BYTES} bytes]"]),
    (
        "limit",
        &[
            "go on at most {NFTA_LIMIT_RATE} times in {NFTA_LIMIT_UNIT} seconds[, burst {NFTA_LIMIT_BURST}][, of {NFTA_LIMIT_TYPE}][, {NFTA_LIMIT_FLAGS}]",
        ],
    ),
    ("quota", &["go on below {NFTA_QUOTA_BYTES} bytes[, {NFTA_QUOTA_CONSUMED} so far][, {NFTA_QUOTA_FLAGS}]"]),
    ("connlimit", &["go on up to {NFTA_CONNLIMIT_COUNT} connections[, {NFTA_CONNLIMIT_FLAGS}]"]),
    ("last", &["note the time of the packet"]),
    ("log", &["log the packet[ as {NFTA_LOG_PREFIX}][ at {NFTA_LOG_LEVEL}][ to group {NFTA_LOG_GROUP}]"]),
    (
        "masq",
        &[
            "source address = that of the outgoing device[, port from {NFTA_MASQ_REG_PROTO_MIN}][ to {NFTA_MASQ_REG_PROTO_MAX}][, {NFTA_MASQ_FLAGS}]",
        ],
    ),
    (
        "redir",
        &[
            "destination address = this host[, port from {NFTA_REDIR_REG_PROTO_MIN}][ to {NFTA_REDIR_REG_PROTO_MAX}][, {NFTA_REDIR_FLAGS}]",
        ],
    ),
    (
        "nat",
        &[
            "{NFTA_NAT_TYPE}[ to address {NFTA_NAT_REG_ADDR_MIN}][ up to {NFTA_NAT_REG_ADDR_MAX}][, port {NFTA_NAT_REG_PROTO_MIN}][ up to {NFTA_NAT_REG_PROTO_MAX}][, {NFTA_NAT_FLAGS}]",
        ],
    ),
    ("reject", &["refuse the packet: {NFTA_REJECT_TYPE}[, code {NFTA_REJECT_ICMP_CODE}]"]),
    (
        "queue",
        &[
            "hand the packet to queue {NFTA_QUEUE_NUM}[, one of {NFTA_QUEUE_TOTAL}]",
            "hand the packet to queue {NFTA_QUEUE_SREG_QNUM}",
        ],
    ),
    (
        "exthdr",
        &[
            "{NFTA_EXTHDR_DREG} = {NFTA_EXTHDR_LEN} bytes of option {NFTA_EXTHDR_TYPE} + {NFTA_EXTHDR_OFFSET}[, {NFTA_EXTHDR_OP}][, {NFTA_EXTHDR_FLAGS}]",
            "{NFTA_EXTHDR_LEN} bytes of option {NFTA_EXTHDR_TYPE} + {NFTA_EXTHDR_OFFSET} = {NFTA_EXTHDR_SREG}[, {NFTA_EXTHDR_OP}]",
            "take option {NFTA_EXTHDR_TYPE} away",
        ],
    ),
    ("fib", &["{NFTA_FIB_DREG} = {NFTA_FIB_RESULT} of the route for {NFTA_FIB_FLAGS}"]),
    ("rt", &["{NFTA_RT_DREG} = {NFTA_RT_KEY} of the packet's route"]),
    ("socket", &["{NFTA_SOCKET_DREG} = {NFTA_SOCKET_KEY} of the packet's socket[, level {NFTA_SOCKET_LEVEL}]"]),
    ("osf", &["{NFTA_OSF_DREG} = the operating system that the packet looks like"]),
    ("xfrm", &["{NFTA_XFRM_DREG} = {NFTA_XFRM_KEY} of the packet's security association[, {NFTA_XFRM_DIR}]"]),
    ("tunnel", &["{NFTA_TUNNEL_DREG} = {NFTA_TUNNEL_KEY} of the packet's tunnel[, {NFTA_TUNNEL_MODE}]"]),
    ("numgen", &["{NFTA_NG_DREG} = {NFTA_NG_TYPE} modulo {NFTA_NG_MODULUS}[ + {NFTA_NG_OFFSET}]"]),
    (
        "hash",
        &[
            "{NFTA_HASH_DREG} = {NFTA_HASH_TYPE}[ of {NFTA_HASH_LEN} bytes at {NFTA_HASH_SREG}] modulo {NFTA_HASH_MODULUS}[ + {NFTA_HASH_OFFSET}]",
        ],
    ),
    ("dup", &["send a copy of the packet[ to {NFTA_DUP_SREG_ADDR}][ by device {NFTA_DUP_SREG_DEV}]"]),
    ("fwd", &["send the packet by device {NFTA_FWD_SREG_DEV}[ to {NFTA_FWD_SREG_ADDR}]"]),
    (
        "objref",
        &[
            "use object {NFTA_OBJREF_IMM_NAME} ({NFTA_OBJREF_IMM_TYPE})",
            "use the object that map {NFTA_OBJREF_SET_NAME} has for {NFTA_OBJREF_SET_SREG}",
        ],
    ),
    ("flow_offload", &["hand the connection to flowtable {NFTA_FLOW_TABLE_NAME}"]),
    ("synproxy", &["answer for the server with SYN cookies[, mss {NFTA_SYNPROXY_MSS}][, wscale {NFTA_SYNPROXY_WSCALE}]"]),
    ("tproxy", &["hand the packet to a local socket[ at {NFTA_TPROXY_REG_ADDR}][, port {NFTA_TPROXY_REG_PORT}]"]),
    ("inner", &["look inside the tunnel: {NFTA_INNER_TYPE}"]),
    ("notrack", &["keep the packet out of connection tracking"]),
    ("match", &["go on if the iptables match agrees"]),
    ("target", &["the iptables target decides"]),
];

/// What the expression in these attributes (of a `NFTA_LIST_ELEM`: name and data) does to the registers. Nothing is
/// printed of one that nobody knows, or that lacks something.
///
/// # Errors
/// Those of `out`.
pub fn effect(expr: &[u8], family: u8, out: &mut dyn Write) -> fmt::Result {
    let scope = Scope { header: &[], fixed: &[], set: NftaExpr::set(), attrs: expr, cx: Context::new(family) };
    let mut name = Name { bytes: [0; 16], len: 0 };
    scope.print("{NFTA_EXPR_NAME}", &mut name)?;
    let Some((_, lines)) = EFFECTS.iter().find(|(known, _)| known.as_bytes() == &name.bytes[..name.len]) else { return Ok(()) };
    let Some(data) = scope.inside("NFTA_EXPR_DATA") else {
        // some expressions say all with their name
        return lines.iter().find(|line| !line.contains('{')).map_or(Ok(()), |line| out.write_str(line));
    };
    for line in *lines {
        let needed = line.split('[').enumerate().all(|(i, part)| {
            let outside = if i == 0 { part } else { part.split_once(']').map_or("", |(_, after)| after) };
            data.has(outside)
        });
        if needed {
            return data.print(line, out);
        }
    }
    Ok(())
}

/// Room for the name of an expression.
struct Name {
    bytes: [u8; 16],
    len: usize,
}

impl Write for Name {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.bytes[self.len..];
        let len = text.len().min(room.len());
        room[..len].copy_from_slice(&text.as_bytes()[..len]);
        self.len += len;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;
    use crate::captured::hex;
    use crate::nft::ExprData;

    fn shown(text: &str) -> String {
        let mut out = String::new();
        effect(&hex(text), 2, &mut out).unwrap();
        out
    }

    #[test]
    #[cfg_attr(target_endian = "big", ignore = "bytes of a little-endian machine")]
    fn expressions_of_a_rule_say_what_they_do() {
        // nft add rule ip filter FORWARD oifname "testbr" counter accept
        assert_eq!(shown("090001006d65746100000000140002800800020000000007080001000000000100000000")[..9], *"NFT_REG_1");
        assert_eq!(shown("0c000100636f756e74657200"), "");
        assert_eq!(shown("0c0001006e6f747261636b00"), "keep the packet out of connection tracking");
        assert_eq!(
            shown(
                "0e000100696d6d6564696174650000001c0002800800010000000000100002800c00028008000100 00000001"
                    .replace(' ', "")
                    .as_str()
            ),
            "the verdict is NF_ACCEPT"
        );
        assert_eq!(shown("08000100786d7200"), "");
    }

    #[test]
    #[cfg_attr(miri, ignore = "slow, and of tables alone")]
    fn every_expression_that_a_table_knows_has_a_line() {
        let crate::payload::Form::Pick(pick) = <ExprData<'_> as crate::Payload<'_>>::SHAPE.form else { panic!() };
        for key in pick.keys {
            assert!(EFFECTS.iter().any(|(name, _)| name.as_bytes() == *key), "{}", key.escape_ascii());
            let mut cx = Context::default();
            cx.select(0, key);
            let crate::payload::Form::Nest(set) = (pick.pick)(&cx).unwrap().form else { panic!() };
            for line in EFFECTS.iter().find(|(name, _)| name.as_bytes() == *key).unwrap().1 {
                for path in line.split('{').skip(1).map(|part| part.split(['}', '.']).next().unwrap()) {
                    assert!(set().by_name(path).is_some(), "{path}");
                }
            }
        }
    }
}
