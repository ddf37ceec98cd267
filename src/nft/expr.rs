//! Expressions as values of their own: what rules are made of once they are off the wire. Both directions of
//! each expression stand side by side; the order of attributes in requests is that of `nft`.

mod put;

use nlmsg::nft::*;
use nlmsg::payload::{Be, Selector};
use nlmsg::{Nest, payload::Str};

/// Bytes or a verdict.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Bytes(Vec<u8>),
    /// The code, and the chain of a jump.
    Verdict(Verdict, Option<String>),
}

/// An expression. Register numbers are the kernel's.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Immediate {
        dreg: u32,
        value: Value,
    },
    Cmp {
        sreg: u32,
        op: CmpOp,
        value: Vec<u8>,
    },
    Range {
        sreg: u32,
        op: RangeOp,
        from: Vec<u8>,
        to: Vec<u8>,
    },
    Meta {
        key: u32,
        dreg: u32,
    },
    MetaSet {
        key: u32,
        sreg: u32,
    },
    Ct {
        key: u32,
        dreg: u32,
        dir: Option<u8>,
    },
    CtSet {
        key: u32,
        sreg: u32,
        dir: Option<u8>,
    },
    Payload {
        dreg: u32,
        base: u32,
        offset: u32,
        len: u32,
    },
    PayloadSet {
        sreg: u32,
        base: u32,
        offset: u32,
        len: u32,
        csum: Option<(u32, u32)>,
    },
    /// `op`: whether the operation is named in the request, as `nft` does in assignments.
    Bitwise {
        sreg: u32,
        dreg: u32,
        mask: Vec<u8>,
        xor: Vec<u8>,
        op: bool,
    },
    Byteorder {
        sreg: u32,
        dreg: u32,
        hton: bool,
        len: u32,
        size: u32,
    },
    Lookup {
        set: String,
        id: Option<u32>,
        sreg: u32,
        dreg: Option<u32>,
        inverted: bool,
    },
    Dynset {
        set: String,
        id: Option<u32>,
        op: DynsetOp,
        key: u32,
        data: Option<u32>,
        timeout: u64,
        exprs: Vec<Expr>,
    },
    Objref {
        kind: u32,
        name: String,
    },
    ObjrefMap {
        set: String,
        id: Option<u32>,
        sreg: u32,
    },
    Rt {
        key: u32,
        dreg: u32,
    },
    Socket {
        key: u32,
        dreg: u32,
    },
    Fib {
        flags: u32,
        result: u32,
        dreg: u32,
    },
    TcpOption {
        dreg: u32,
        kind: u8,
        offset: u32,
        len: u32,
        present: bool,
    },
    TcpOptionSet {
        sreg: u32,
        kind: u8,
        offset: u32,
        len: u32,
    },
    Numgen {
        dreg: u32,
        random: bool,
        modulus: u32,
        offset: u32,
    },
    Hash {
        sreg: Option<u32>,
        dreg: u32,
        len: u32,
        modulus: u32,
        seed: Option<u32>,
        offset: u32,
    },
    Counter {
        packets: u64,
        bytes: u64,
    },
    Limit {
        rate: u64,
        unit: u64,
        burst: u32,
        bytes: bool,
        over: bool,
    },
    Quota {
        bytes: u64,
        used: u64,
        over: bool,
    },
    Connlimit {
        count: u32,
        over: bool,
    },
    Log {
        prefix: Option<String>,
        group: Option<u16>,
        snaplen: Option<u32>,
        threshold: Option<u16>,
        level: Option<u32>,
        flags: u32,
    },
    Reject {
        kind: u32,
        code: u8,
    },
    Nat {
        kind: u32,
        family: u32,
        addr: (Option<u32>, Option<u32>),
        proto: (Option<u32>, Option<u32>),
        flags: u32,
    },
    Masq {
        proto: (Option<u32>, Option<u32>),
        flags: u32,
    },
    Redir {
        proto: (Option<u32>, Option<u32>),
        flags: u32,
    },
    Queue {
        num: u16,
        total: u16,
        flags: u16,
    },
    Dup {
        addr: Option<u32>,
        dev: Option<u32>,
    },
    Fwd {
        dev: u32,
    },
    Notrack,
    FlowOffload {
        name: String,
    },
    /// Anything else, by its name.
    Other(String),
}

/// The name of a set. One that the kernel is to number (`__set%d`) has the number by which the batch knows it.
pub(super) fn set_name(name: Str<'_>, id: Option<Be<u32>>) -> String {
    let name = name.to_string();
    id.map_or_else(|| name.clone(), |Be(id)| name.replace("%d", &id.to_string()))
}

/// The first attribute of a kind in a nest.
macro_rules! get {
    ($nest:expr, $attr:path) => {
        $nest.find(|attr| match attr {
            $attr(value) => Some(value),
            _ => None,
        })
    };
}
pub(super) use get;

/// The same for a named number in network order, 0 where it is absent.
macro_rules! num {
    ($nest:expr, $attr:path) => {
        get!($nest, $attr).map_or(0, |Be(value)| value.0)
    };
}

fn value(nest: Option<Data<'_>>) -> Vec<u8> {
    nest.and_then(|data| data.value().map(<[u8]>::to_vec)).unwrap_or_default()
}

impl Value {
    /// Reads a value.
    pub(super) fn read(data: Data<'_>) -> Value {
        match data.verdict() {
            Some((code, chain)) => Value::Verdict(code, chain.map(|chain| chain.to_string())),
            None => Value::Bytes(data.value().unwrap_or_default().to_vec()),
        }
    }

    /// Hands the value's attributes to `put`.
    pub(super) fn with<R>(&self, put: impl FnOnce(Data<'_>) -> R) -> R {
        match self {
            Value::Bytes(bytes) => put(Nest::Nested(&[NftaData::NFTA_DATA_VALUE(bytes)])),
            Value::Verdict(code, chain) => {
                let code = NftaVerdict::NFTA_VERDICT_CODE(Be(*code));
                match chain {
                    Some(chain) => put(Nest::Nested(&[NftaData::NFTA_DATA_VERDICT(Nest::Nested(&[
                        code,
                        NftaVerdict::NFTA_VERDICT_CHAIN(Str::new(chain)),
                    ]))])),
                    None => put(Nest::Nested(&[NftaData::NFTA_DATA_VERDICT(Nest::Nested(&[code]))])),
                }
            }
        }
    }
}

/// Bytes in a header; a packet has no place further out, and no kernel takes one.
fn place(bytes: u32) -> Option<u32> {
    (bytes <= u16::MAX.into()).then_some(bytes)
}

impl Expr {
    /// Reads an expression.
    pub(super) fn read(nest: Nest<'_, NftaExpr<'_>>) -> Expr {
        let name = get!(nest, NftaExpr::NFTA_EXPR_NAME).map(|Selector(name)| name.to_string()).unwrap_or_default();
        match get!(nest, NftaExpr::NFTA_EXPR_DATA) {
            Some(data) => Expr::read_data(&data).unwrap_or(Expr::Other(name)),
            None if name == "notrack" => Expr::Notrack,
            None => Expr::Other(name),
        }
    }

    /// Reads all expressions of a list.
    pub(super) fn read_all(list: Nest<'_, NftaExprList<'_>>) -> Vec<Expr> {
        let element = |attr| match attr {
            NftaExprList::NFTA_LIST_ELEM(nest) => Expr::read(nest),
            NftaExprList::Unknown(_) => Expr::Other("unknown".into()),
        };
        list.iter().map_while(Result::ok).map(element).collect()
    }

    fn read_data(data: &ExprData<'_>) -> Option<Expr> {
        Some(match data {
            ExprData::Immediate(n) => Expr::Immediate {
                dreg: num!(n, NftaImmediate::NFTA_IMMEDIATE_DREG),
                value: Value::read(get!(n, NftaImmediate::NFTA_IMMEDIATE_DATA)?),
            },
            ExprData::Cmp(n) => Expr::Cmp {
                sreg: num!(n, NftaCmp::NFTA_CMP_SREG),
                op: get!(n, NftaCmp::NFTA_CMP_OP)?.0,
                value: value(get!(n, NftaCmp::NFTA_CMP_DATA)),
            },
            ExprData::Range(n) => Expr::Range {
                sreg: num!(n, NftaRange::NFTA_RANGE_SREG),
                op: get!(n, NftaRange::NFTA_RANGE_OP)?.0,
                from: value(get!(n, NftaRange::NFTA_RANGE_FROM_DATA)),
                to: value(get!(n, NftaRange::NFTA_RANGE_TO_DATA)),
            },
            ExprData::Meta(n) => {
                let key = num!(n, NftaMeta::NFTA_META_KEY);
                match get!(n, NftaMeta::NFTA_META_SREG) {
                    Some(Be(sreg)) => Expr::MetaSet { key, sreg: sreg.0 },
                    None => Expr::Meta { key, dreg: num!(n, NftaMeta::NFTA_META_DREG) },
                }
            }
            ExprData::Ct(n) => {
                let key = num!(n, NftaCt::NFTA_CT_KEY);
                let dir = get!(n, NftaCt::NFTA_CT_DIRECTION).map(|dir| dir.0);
                match get!(n, NftaCt::NFTA_CT_SREG) {
                    Some(Be(sreg)) => Expr::CtSet { key, sreg: sreg.0, dir },
                    None => Expr::Ct { key, dreg: num!(n, NftaCt::NFTA_CT_DREG), dir },
                }
            }
            ExprData::Payload(n) => {
                let base = num!(n, NftaPayload::NFTA_PAYLOAD_BASE);
                let offset = place(get!(n, NftaPayload::NFTA_PAYLOAD_OFFSET)?.0)?;
                let len = place(get!(n, NftaPayload::NFTA_PAYLOAD_LEN)?.0)?;
                match get!(n, NftaPayload::NFTA_PAYLOAD_SREG) {
                    Some(Be(sreg)) => Expr::PayloadSet { sreg: sreg.0, base, offset, len, csum: None },
                    None => Expr::Payload { dreg: num!(n, NftaPayload::NFTA_PAYLOAD_DREG), base, offset, len },
                }
            }
            ExprData::Bitwise(n) if num!(n, NftaBitwise::NFTA_BITWISE_OP) == 0 => Expr::Bitwise {
                sreg: num!(n, NftaBitwise::NFTA_BITWISE_SREG),
                dreg: num!(n, NftaBitwise::NFTA_BITWISE_DREG),
                mask: value(get!(n, NftaBitwise::NFTA_BITWISE_MASK)),
                xor: value(get!(n, NftaBitwise::NFTA_BITWISE_XOR)),
                op: true,
            },
            ExprData::Byteorder(n) => Expr::Byteorder {
                sreg: num!(n, NftaByteorder::NFTA_BYTEORDER_SREG),
                dreg: num!(n, NftaByteorder::NFTA_BYTEORDER_DREG),
                hton: num!(n, NftaByteorder::NFTA_BYTEORDER_OP) == NFT_BYTEORDER_HTON.0,
                len: get!(n, NftaByteorder::NFTA_BYTEORDER_LEN)?.0,
                size: get!(n, NftaByteorder::NFTA_BYTEORDER_SIZE)?.0,
            },
            ExprData::Lookup(n) => Expr::Lookup {
                set: set_name(get!(n, NftaLookup::NFTA_LOOKUP_SET)?, get!(n, NftaLookup::NFTA_LOOKUP_SET_ID)),
                id: None,
                sreg: num!(n, NftaLookup::NFTA_LOOKUP_SREG),
                dreg: get!(n, NftaLookup::NFTA_LOOKUP_DREG).map(|Be(reg)| reg.0),
                inverted: num!(n, NftaLookup::NFTA_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV.0 != 0,
            },
            ExprData::Dynset(n) => {
                let one = get!(n, NftaDynset::NFTA_DYNSET_EXPR).map(|nest| vec![Expr::read(nest)]);
                let many = get!(n, NftaDynset::NFTA_DYNSET_EXPRESSIONS).map(Expr::read_all);
                Expr::Dynset {
                    set: set_name(get!(n, NftaDynset::NFTA_DYNSET_SET_NAME)?, get!(n, NftaDynset::NFTA_DYNSET_SET_ID)),
                    id: None,
                    op: get!(n, NftaDynset::NFTA_DYNSET_OP)?.0,
                    key: num!(n, NftaDynset::NFTA_DYNSET_SREG_KEY),
                    data: get!(n, NftaDynset::NFTA_DYNSET_SREG_DATA).map(|Be(reg)| reg.0),
                    timeout: get!(n, NftaDynset::NFTA_DYNSET_TIMEOUT).map_or(0, |Be(ms)| ms),
                    exprs: one.or(many).unwrap_or_default(),
                }
            }
            ExprData::Objref(n) => match get!(n, NftaObjref::NFTA_OBJREF_IMM_NAME) {
                Some(name) => Expr::Objref { kind: num!(n, NftaObjref::NFTA_OBJREF_IMM_TYPE), name: name.to_string() },
                None => Expr::ObjrefMap {
                    set: set_name(get!(n, NftaObjref::NFTA_OBJREF_SET_NAME)?, get!(n, NftaObjref::NFTA_OBJREF_SET_ID)),
                    id: None,
                    sreg: num!(n, NftaObjref::NFTA_OBJREF_SET_SREG),
                },
            },
            ExprData::Rt(n) => Expr::Rt { key: num!(n, NftaRt::NFTA_RT_KEY), dreg: num!(n, NftaRt::NFTA_RT_DREG) },
            ExprData::Socket(n) => {
                Expr::Socket { key: num!(n, NftaSocket::NFTA_SOCKET_KEY), dreg: num!(n, NftaSocket::NFTA_SOCKET_DREG) }
            }
            ExprData::Fib(n) => Expr::Fib {
                flags: num!(n, NftaFib::NFTA_FIB_FLAGS),
                result: num!(n, NftaFib::NFTA_FIB_RESULT),
                dreg: num!(n, NftaFib::NFTA_FIB_DREG),
            },
            ExprData::Exthdr(n) if num!(n, NftaExthdr::NFTA_EXTHDR_OP) == NFT_EXTHDR_OP_TCPOPT.0 => {
                let kind = get!(n, NftaExthdr::NFTA_EXTHDR_TYPE)?;
                let offset = place(get!(n, NftaExthdr::NFTA_EXTHDR_OFFSET)?.0)?;
                let len = place(get!(n, NftaExthdr::NFTA_EXTHDR_LEN)?.0)?;
                match get!(n, NftaExthdr::NFTA_EXTHDR_SREG) {
                    Some(Be(sreg)) => Expr::TcpOptionSet { sreg: sreg.0, kind, offset, len },
                    None => {
                        let present = num!(n, NftaExthdr::NFTA_EXTHDR_FLAGS) & NFT_EXTHDR_F_PRESENT.0 != 0;
                        Expr::TcpOption { dreg: num!(n, NftaExthdr::NFTA_EXTHDR_DREG), kind, offset, len, present }
                    }
                }
            }
            ExprData::Numgen(n) => Expr::Numgen {
                dreg: num!(n, NftaNg::NFTA_NG_DREG),
                random: num!(n, NftaNg::NFTA_NG_TYPE) == NFT_NG_RANDOM.0,
                modulus: get!(n, NftaNg::NFTA_NG_MODULUS)?.0,
                offset: get!(n, NftaNg::NFTA_NG_OFFSET).map_or(0, |Be(offset)| offset),
            },
            ExprData::Hash(n) => Expr::Hash {
                sreg: get!(n, NftaHash::NFTA_HASH_SREG)
                    .filter(|_| num!(n, NftaHash::NFTA_HASH_TYPE) == NFT_HASH_JENKINS.0)
                    .map(|Be(reg)| reg.0),
                dreg: num!(n, NftaHash::NFTA_HASH_DREG),
                len: get!(n, NftaHash::NFTA_HASH_LEN).map_or(0, |Be(len)| len),
                modulus: get!(n, NftaHash::NFTA_HASH_MODULUS)?.0,
                seed: get!(n, NftaHash::NFTA_HASH_SEED).map(|Be(seed)| seed),
                offset: get!(n, NftaHash::NFTA_HASH_OFFSET).map_or(0, |Be(offset)| offset),
            },
            ExprData::Counter(n) => Expr::Counter {
                packets: get!(n, NftaCounter::NFTA_COUNTER_PACKETS).map_or(0, |Be(packets)| packets),
                bytes: get!(n, NftaCounter::NFTA_COUNTER_BYTES).map_or(0, |Be(bytes)| bytes),
            },
            ExprData::Limit(n) => Expr::Limit {
                rate: get!(n, NftaLimit::NFTA_LIMIT_RATE)?.0,
                unit: num!(n, NftaLimit::NFTA_LIMIT_UNIT),
                burst: get!(n, NftaLimit::NFTA_LIMIT_BURST).map_or(0, |Be(burst)| burst),
                bytes: num!(n, NftaLimit::NFTA_LIMIT_TYPE) == NFT_LIMIT_PKT_BYTES.0,
                over: num!(n, NftaLimit::NFTA_LIMIT_FLAGS) & NFT_LIMIT_F_INV.0 != 0,
            },
            ExprData::Quota(n) => Expr::Quota {
                bytes: get!(n, NftaQuota::NFTA_QUOTA_BYTES)?.0,
                used: get!(n, NftaQuota::NFTA_QUOTA_CONSUMED).map_or(0, |Be(used)| used),
                over: num!(n, NftaQuota::NFTA_QUOTA_FLAGS) & NFT_QUOTA_F_INV.0 != 0,
            },
            ExprData::Connlimit(n) => Expr::Connlimit {
                count: get!(n, NftaConnlimit::NFTA_CONNLIMIT_COUNT)?.0,
                over: num!(n, NftaConnlimit::NFTA_CONNLIMIT_FLAGS) & NFT_CONNLIMIT_F_INV.0 != 0,
            },
            ExprData::Log(n) => Expr::Log {
                prefix: get!(n, NftaLog::NFTA_LOG_PREFIX).map(|prefix| prefix.to_string()),
                group: get!(n, NftaLog::NFTA_LOG_GROUP).map(|Be(group)| group),
                snaplen: get!(n, NftaLog::NFTA_LOG_SNAPLEN).map(|Be(len)| len),
                threshold: get!(n, NftaLog::NFTA_LOG_QTHRESHOLD).map(|Be(threshold)| threshold),
                level: get!(n, NftaLog::NFTA_LOG_LEVEL).map(|Be(level)| level.0),
                flags: num!(n, NftaLog::NFTA_LOG_FLAGS),
            },
            ExprData::Reject(n) => Expr::Reject {
                kind: num!(n, NftaReject::NFTA_REJECT_TYPE),
                code: get!(n, NftaReject::NFTA_REJECT_ICMP_CODE).unwrap_or(0),
            },
            ExprData::Nat(n) => Expr::Nat {
                kind: num!(n, NftaNat::NFTA_NAT_TYPE),
                family: get!(n, NftaNat::NFTA_NAT_FAMILY)?.0.0,
                addr: (
                    get!(n, NftaNat::NFTA_NAT_REG_ADDR_MIN).map(|Be(reg)| reg.0),
                    get!(n, NftaNat::NFTA_NAT_REG_ADDR_MAX).map(|Be(reg)| reg.0),
                ),
                proto: (
                    get!(n, NftaNat::NFTA_NAT_REG_PROTO_MIN).map(|Be(reg)| reg.0),
                    get!(n, NftaNat::NFTA_NAT_REG_PROTO_MAX).map(|Be(reg)| reg.0),
                ),
                flags: num!(n, NftaNat::NFTA_NAT_FLAGS),
            },
            ExprData::Masq(n) => Expr::Masq {
                proto: (
                    get!(n, NftaMasq::NFTA_MASQ_REG_PROTO_MIN).map(|Be(reg)| reg.0),
                    get!(n, NftaMasq::NFTA_MASQ_REG_PROTO_MAX).map(|Be(reg)| reg.0),
                ),
                flags: num!(n, NftaMasq::NFTA_MASQ_FLAGS),
            },
            ExprData::Redir(n) => Expr::Redir {
                proto: (
                    get!(n, NftaRedir::NFTA_REDIR_REG_PROTO_MIN).map(|Be(reg)| reg.0),
                    get!(n, NftaRedir::NFTA_REDIR_REG_PROTO_MAX).map(|Be(reg)| reg.0),
                ),
                flags: num!(n, NftaRedir::NFTA_REDIR_FLAGS),
            },
            ExprData::Queue(n) => Expr::Queue {
                num: get!(n, NftaQueue::NFTA_QUEUE_NUM)?.0,
                total: get!(n, NftaQueue::NFTA_QUEUE_TOTAL).map_or(1, |Be(total)| total),
                flags: num!(n, NftaQueue::NFTA_QUEUE_FLAGS),
            },
            ExprData::Dup(n) => Expr::Dup {
                addr: get!(n, NftaDup::NFTA_DUP_SREG_ADDR).map(|Be(reg)| reg.0),
                dev: get!(n, NftaDup::NFTA_DUP_SREG_DEV).map(|Be(reg)| reg.0),
            },
            ExprData::Fwd(n) if get!(n, NftaFwd::NFTA_FWD_SREG_ADDR).is_none() => {
                Expr::Fwd { dev: num!(n, NftaFwd::NFTA_FWD_SREG_DEV) }
            }
            ExprData::FlowOffload(n) => Expr::FlowOffload { name: get!(n, NftaFlow::NFTA_FLOW_TABLE_NAME)?.to_string() },
            _ => return None,
        })
    }

    /// Reads an object's data as the expression that does the same.
    pub(super) fn read_object(data: &ObjData<'_>) -> Option<Expr> {
        Expr::read_data(&match data {
            ObjData::Counter(nest) => ExprData::Counter(*nest),
            ObjData::Quota(nest) => ExprData::Quota(*nest),
            ObjData::Limit(nest) => ExprData::Limit(*nest),
            ObjData::Connlimit(nest) => ExprData::Connlimit(*nest),
            _ => return None,
        })
    }
}
