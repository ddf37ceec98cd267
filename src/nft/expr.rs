//! Expressions as values of their own: what rules are made of once they are off the wire. Both directions of
//! each expression stand side by side; the order of attributes in requests is that of `nft`.

use bytes::BytesMut;
use nlmsg::nft::*;
use nlmsg::payload::{Be, Selector};
use nlmsg::{AttrSet, Error, Nest, payload::Str};

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

/// Keeps what is there.
fn some<T>(list: impl IntoIterator<Item = Option<T>>) -> Vec<T> {
    list.into_iter().flatten().collect()
}

fn reg(reg: u32) -> Be<Reg> {
    Be(Reg(reg))
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
                let offset = get!(n, NftaPayload::NFTA_PAYLOAD_OFFSET)?.0;
                let len = get!(n, NftaPayload::NFTA_PAYLOAD_LEN)?.0;
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
                set: get!(n, NftaLookup::NFTA_LOOKUP_SET)?.to_string(),
                id: None,
                sreg: num!(n, NftaLookup::NFTA_LOOKUP_SREG),
                dreg: get!(n, NftaLookup::NFTA_LOOKUP_DREG).map(|Be(reg)| reg.0),
                inverted: num!(n, NftaLookup::NFTA_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV.0 != 0,
            },
            ExprData::Dynset(n) => {
                let one = get!(n, NftaDynset::NFTA_DYNSET_EXPR).map(|nest| vec![Expr::read(nest)]);
                let many = get!(n, NftaDynset::NFTA_DYNSET_EXPRESSIONS).map(Expr::read_all);
                Expr::Dynset {
                    set: get!(n, NftaDynset::NFTA_DYNSET_SET_NAME)?.to_string(),
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
                    set: get!(n, NftaObjref::NFTA_OBJREF_SET_NAME)?.to_string(),
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
                let offset = get!(n, NftaExthdr::NFTA_EXTHDR_OFFSET)?.0;
                let len = get!(n, NftaExthdr::NFTA_EXTHDR_LEN)?.0;
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
                family: get!(n, NftaNat::NFTA_NAT_FAMILY)?.0,
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

    /// Appends the expression as an element of a list.
    pub(super) fn put(&self, out: &mut BytesMut) -> Result<(), Error> {
        self.with(&mut |expr| NftaExprList::NFTA_LIST_ELEM(Nest::Nested(expr)).encode(out))
    }

    /// Hands the expression's two attributes to `put`.
    pub(super) fn with(&self, put: &mut dyn FnMut(&[NftaExpr<'_>]) -> Result<(), Error>) -> Result<(), Error> {
        if let Expr::Notrack | Expr::Other(_) = self {
            let name = if let Expr::Other(name) = self { name } else { "notrack" };
            return put(&[NftaExpr::NFTA_EXPR_NAME(Selector(Str::new(name)))]);
        }
        let mut named = |name: &str, data: ExprData<'_>| {
            put(&[NftaExpr::NFTA_EXPR_NAME(Selector(Str::new(name))), NftaExpr::NFTA_EXPR_DATA(data)])
        };
        match self {
            Expr::Immediate { dreg, value } => value.with(|data| {
                let attrs = [NftaImmediate::NFTA_IMMEDIATE_DREG(reg(*dreg)), NftaImmediate::NFTA_IMMEDIATE_DATA(data)];
                named("immediate", ExprData::Immediate(Nest::Nested(&attrs)))
            }),
            Expr::Cmp { sreg, op, value } => named(
                "cmp",
                ExprData::Cmp(Nest::Nested(&[
                    NftaCmp::NFTA_CMP_SREG(reg(*sreg)),
                    NftaCmp::NFTA_CMP_OP(Be(*op)),
                    NftaCmp::NFTA_CMP_DATA(Nest::Nested(&[NftaData::NFTA_DATA_VALUE(value)])),
                ])),
            ),
            Expr::Range { sreg, op, from, to } => named(
                "range",
                ExprData::Range(Nest::Nested(&[
                    NftaRange::NFTA_RANGE_SREG(reg(*sreg)),
                    NftaRange::NFTA_RANGE_OP(Be(*op)),
                    NftaRange::NFTA_RANGE_FROM_DATA(Nest::Nested(&[NftaData::NFTA_DATA_VALUE(from)])),
                    NftaRange::NFTA_RANGE_TO_DATA(Nest::Nested(&[NftaData::NFTA_DATA_VALUE(to)])),
                ])),
            ),
            Expr::Meta { key, dreg } => named(
                "meta",
                ExprData::Meta(Nest::Nested(&[NftaMeta::NFTA_META_KEY(Be(MetaKey(*key))), NftaMeta::NFTA_META_DREG(reg(*dreg))])),
            ),
            Expr::MetaSet { key, sreg } => named(
                "meta",
                ExprData::Meta(Nest::Nested(&[NftaMeta::NFTA_META_KEY(Be(MetaKey(*key))), NftaMeta::NFTA_META_SREG(reg(*sreg))])),
            ),
            Expr::Ct { key, dreg, dir } => {
                let attrs = some([
                    Some(NftaCt::NFTA_CT_KEY(Be(CtKey(*key)))),
                    Some(NftaCt::NFTA_CT_DREG(reg(*dreg))),
                    dir.map(|dir| NftaCt::NFTA_CT_DIRECTION(CtDir(dir))),
                ]);
                named("ct", ExprData::Ct(Nest::Nested(&attrs)))
            }
            Expr::CtSet { key, sreg, dir } => {
                let attrs = some([
                    Some(NftaCt::NFTA_CT_KEY(Be(CtKey(*key)))),
                    dir.map(|dir| NftaCt::NFTA_CT_DIRECTION(CtDir(dir))),
                    Some(NftaCt::NFTA_CT_SREG(reg(*sreg))),
                ]);
                named("ct", ExprData::Ct(Nest::Nested(&attrs)))
            }
            Expr::Payload { dreg, base, offset, len } => named(
                "payload",
                ExprData::Payload(Nest::Nested(&[
                    NftaPayload::NFTA_PAYLOAD_DREG(reg(*dreg)),
                    NftaPayload::NFTA_PAYLOAD_BASE(Be(PayloadBase(*base))),
                    NftaPayload::NFTA_PAYLOAD_OFFSET(Be(*offset)),
                    NftaPayload::NFTA_PAYLOAD_LEN(Be(*len)),
                ])),
            ),
            Expr::PayloadSet { sreg, base, offset, len, csum } => {
                let attrs = some([
                    Some(NftaPayload::NFTA_PAYLOAD_SREG(reg(*sreg))),
                    Some(NftaPayload::NFTA_PAYLOAD_BASE(Be(PayloadBase(*base)))),
                    Some(NftaPayload::NFTA_PAYLOAD_OFFSET(Be(*offset))),
                    Some(NftaPayload::NFTA_PAYLOAD_LEN(Be(*len))),
                    csum.map(|_| NftaPayload::NFTA_PAYLOAD_CSUM_TYPE(Be(NFT_PAYLOAD_CSUM_INET))),
                    csum.map(|(offset, _)| NftaPayload::NFTA_PAYLOAD_CSUM_OFFSET(Be(offset))),
                    csum.filter(|(_, flags)| *flags != 0)
                        .map(|(_, flags)| NftaPayload::NFTA_PAYLOAD_CSUM_FLAGS(Be(PayloadCsumFlags(flags)))),
                ]);
                named("payload", ExprData::Payload(Nest::Nested(&attrs)))
            }
            Expr::Bitwise { sreg, dreg, mask, xor, op } => {
                let (mask, xor) = ([NftaData::NFTA_DATA_VALUE(mask)], [NftaData::NFTA_DATA_VALUE(xor)]);
                let len = if let [NftaData::NFTA_DATA_VALUE(mask)] = mask { mask.len() as u32 } else { 0 };
                let attrs = some([
                    Some(NftaBitwise::NFTA_BITWISE_SREG(reg(*sreg))),
                    Some(NftaBitwise::NFTA_BITWISE_DREG(reg(*dreg))),
                    op.then_some(NftaBitwise::NFTA_BITWISE_OP(Be(NFT_BITWISE_MASK_XOR))),
                    Some(NftaBitwise::NFTA_BITWISE_LEN(Be(len))),
                    Some(NftaBitwise::NFTA_BITWISE_MASK(Nest::Nested(&mask))),
                    Some(NftaBitwise::NFTA_BITWISE_XOR(Nest::Nested(&xor))),
                ]);
                named("bitwise", ExprData::Bitwise(Nest::Nested(&attrs)))
            }
            Expr::Byteorder { sreg, dreg, hton, len, size } => named(
                "byteorder",
                ExprData::Byteorder(Nest::Nested(&[
                    NftaByteorder::NFTA_BYTEORDER_SREG(reg(*sreg)),
                    NftaByteorder::NFTA_BYTEORDER_DREG(reg(*dreg)),
                    NftaByteorder::NFTA_BYTEORDER_OP(Be(if *hton { NFT_BYTEORDER_HTON } else { NFT_BYTEORDER_NTOH })),
                    NftaByteorder::NFTA_BYTEORDER_LEN(Be(*len)),
                    NftaByteorder::NFTA_BYTEORDER_SIZE(Be(*size)),
                ])),
            ),
            Expr::Lookup { set, id, sreg, dreg, inverted } => {
                let attrs = some([
                    Some(NftaLookup::NFTA_LOOKUP_SREG(reg(*sreg))),
                    dreg.map(|dreg| NftaLookup::NFTA_LOOKUP_DREG(reg(dreg))),
                    Some(NftaLookup::NFTA_LOOKUP_SET(Str::new(set))),
                    id.map(|id| NftaLookup::NFTA_LOOKUP_SET_ID(Be(id))),
                    inverted.then_some(NftaLookup::NFTA_LOOKUP_FLAGS(Be(NFT_LOOKUP_F_INV))),
                ]);
                named("lookup", ExprData::Lookup(Nest::Nested(&attrs)))
            }
            Expr::Dynset { set, id, op, key, data, timeout, exprs } => {
                let attrs = some([
                    Some(NftaDynset::NFTA_DYNSET_SREG_KEY(reg(*key))),
                    data.map(|data| NftaDynset::NFTA_DYNSET_SREG_DATA(reg(data))),
                    Some(NftaDynset::NFTA_DYNSET_OP(Be(*op))),
                    (*timeout != 0).then_some(NftaDynset::NFTA_DYNSET_TIMEOUT(Be(*timeout))),
                    Some(NftaDynset::NFTA_DYNSET_SET_NAME(Str::new(set))),
                    id.map(|id| NftaDynset::NFTA_DYNSET_SET_ID(Be(id))),
                ]);
                match exprs.as_slice() {
                    [] => named("dynset", ExprData::Dynset(Nest::Nested(&attrs))),
                    // several would need NFTA_DYNSET_EXPRESSIONS; the grammar takes one
                    [expr, ..] => expr.with(&mut |expr| {
                        let attrs = [&attrs[..], &[NftaDynset::NFTA_DYNSET_EXPR(Nest::Nested(expr))]].concat();
                        named("dynset", ExprData::Dynset(Nest::Nested(&attrs)))
                    }),
                }
            }
            Expr::Objref { kind, name } => named(
                "objref",
                ExprData::Objref(Nest::Nested(&[
                    NftaObjref::NFTA_OBJREF_IMM_TYPE(Be(ObjType(*kind))),
                    NftaObjref::NFTA_OBJREF_IMM_NAME(Str::bare(name)),
                ])),
            ),
            Expr::ObjrefMap { set, id, sreg } => {
                let attrs = some([
                    Some(NftaObjref::NFTA_OBJREF_SET_SREG(reg(*sreg))),
                    Some(NftaObjref::NFTA_OBJREF_SET_NAME(Str::new(set))),
                    id.map(|id| NftaObjref::NFTA_OBJREF_SET_ID(Be(id))),
                ]);
                named("objref", ExprData::Objref(Nest::Nested(&attrs)))
            }
            Expr::Rt { key, dreg } => {
                named("rt", ExprData::Rt(Nest::Nested(&[NftaRt::NFTA_RT_KEY(Be(RtKey(*key))), NftaRt::NFTA_RT_DREG(reg(*dreg))])))
            }
            Expr::Socket { key, dreg } => named(
                "socket",
                ExprData::Socket(Nest::Nested(&[
                    NftaSocket::NFTA_SOCKET_KEY(Be(SocketKey(*key))),
                    NftaSocket::NFTA_SOCKET_DREG(reg(*dreg)),
                    NftaSocket::NFTA_SOCKET_LEVEL(Be(0)),
                ])),
            ),
            Expr::Fib { flags, result, dreg } => named(
                "fib",
                ExprData::Fib(Nest::Nested(&[
                    NftaFib::NFTA_FIB_FLAGS(Be(FibFlags(*flags))),
                    NftaFib::NFTA_FIB_RESULT(Be(FibResult(*result))),
                    NftaFib::NFTA_FIB_DREG(reg(*dreg)),
                ])),
            ),
            Expr::TcpOption { dreg, kind, offset, len, present } => {
                let attrs = some([
                    Some(NftaExthdr::NFTA_EXTHDR_DREG(reg(*dreg))),
                    Some(NftaExthdr::NFTA_EXTHDR_TYPE(*kind)),
                    Some(NftaExthdr::NFTA_EXTHDR_OFFSET(Be(*offset))),
                    Some(NftaExthdr::NFTA_EXTHDR_LEN(Be(*len))),
                    Some(NftaExthdr::NFTA_EXTHDR_OP(Be(NFT_EXTHDR_OP_TCPOPT))),
                    Some(NftaExthdr::NFTA_EXTHDR_FLAGS(Be(if *present { NFT_EXTHDR_F_PRESENT } else { ExthdrFlags(0) }))),
                ]);
                named("exthdr", ExprData::Exthdr(Nest::Nested(&attrs)))
            }
            Expr::TcpOptionSet { sreg, kind, offset, len } => named(
                "exthdr",
                ExprData::Exthdr(Nest::Nested(&[
                    NftaExthdr::NFTA_EXTHDR_SREG(reg(*sreg)),
                    NftaExthdr::NFTA_EXTHDR_TYPE(*kind),
                    NftaExthdr::NFTA_EXTHDR_OFFSET(Be(*offset)),
                    NftaExthdr::NFTA_EXTHDR_LEN(Be(*len)),
                    NftaExthdr::NFTA_EXTHDR_OP(Be(NFT_EXTHDR_OP_TCPOPT)),
                ])),
            ),
            Expr::Numgen { dreg, random, modulus, offset } => named(
                "numgen",
                ExprData::Numgen(Nest::Nested(&[
                    NftaNg::NFTA_NG_DREG(reg(*dreg)),
                    NftaNg::NFTA_NG_MODULUS(Be(*modulus)),
                    NftaNg::NFTA_NG_TYPE(Be(if *random { NFT_NG_RANDOM } else { NFT_NG_INCREMENTAL })),
                    NftaNg::NFTA_NG_OFFSET(Be(*offset)),
                ])),
            ),
            Expr::Hash { sreg, dreg, len, modulus, seed, offset } => {
                let kind = if sreg.is_some() { NFT_HASH_JENKINS } else { NFT_HASH_SYM };
                let attrs = some([
                    sreg.map(|sreg| NftaHash::NFTA_HASH_SREG(reg(sreg))),
                    Some(NftaHash::NFTA_HASH_DREG(reg(*dreg))),
                    sreg.map(|_| NftaHash::NFTA_HASH_LEN(Be(*len))),
                    Some(NftaHash::NFTA_HASH_MODULUS(Be(*modulus))),
                    seed.map(|seed| NftaHash::NFTA_HASH_SEED(Be(seed))),
                    Some(NftaHash::NFTA_HASH_OFFSET(Be(*offset))),
                    Some(NftaHash::NFTA_HASH_TYPE(Be(kind))),
                ]);
                named("hash", ExprData::Hash(Nest::Nested(&attrs)))
            }
            Expr::Counter { packets, bytes } => {
                let attrs = some([
                    (*bytes != 0).then_some(NftaCounter::NFTA_COUNTER_BYTES(Be(*bytes))),
                    (*packets != 0).then_some(NftaCounter::NFTA_COUNTER_PACKETS(Be(*packets))),
                ]);
                named("counter", ExprData::Counter(Nest::Nested(&attrs)))
            }
            Expr::Limit { .. } => self.with_limit(|attrs| named("limit", ExprData::Limit(Nest::Nested(attrs)))),
            Expr::Quota { .. } => self.with_quota(|attrs| named("quota", ExprData::Quota(Nest::Nested(attrs)))),
            Expr::Connlimit { count, over } => named(
                "connlimit",
                ExprData::Connlimit(Nest::Nested(&[
                    NftaConnlimit::NFTA_CONNLIMIT_COUNT(Be(*count)),
                    NftaConnlimit::NFTA_CONNLIMIT_FLAGS(Be(ConnlimitFlags(u32::from(*over)))),
                ])),
            ),
            Expr::Log { prefix, group, snaplen, threshold, level, flags } => {
                let attrs = some([
                    prefix.as_ref().map(|prefix| NftaLog::NFTA_LOG_PREFIX(Str::new(prefix))),
                    group.map(|group| NftaLog::NFTA_LOG_GROUP(Be(group))),
                    snaplen.map(|len| NftaLog::NFTA_LOG_SNAPLEN(Be(len))),
                    threshold.map(|threshold| NftaLog::NFTA_LOG_QTHRESHOLD(Be(threshold))),
                    level.map(|level| NftaLog::NFTA_LOG_LEVEL(Be(LogLevel(level)))),
                    (*flags != 0).then_some(NftaLog::NFTA_LOG_FLAGS(Be(LogFlags(*flags)))),
                ]);
                named("log", ExprData::Log(Nest::Nested(&attrs)))
            }
            Expr::Reject { kind, code } => named(
                "reject",
                ExprData::Reject(Nest::Nested(&[
                    NftaReject::NFTA_REJECT_TYPE(Be(RejectType(*kind))),
                    NftaReject::NFTA_REJECT_ICMP_CODE(*code),
                ])),
            ),
            Expr::Nat { kind, family, addr, proto, flags } => {
                let attrs = some([
                    Some(NftaNat::NFTA_NAT_TYPE(Be(NatType(*kind)))),
                    Some(NftaNat::NFTA_NAT_FAMILY(Be(*family))),
                    addr.0.map(|at| NftaNat::NFTA_NAT_REG_ADDR_MIN(reg(at))),
                    addr.1.map(|at| NftaNat::NFTA_NAT_REG_ADDR_MAX(reg(at))),
                    proto.0.map(|at| NftaNat::NFTA_NAT_REG_PROTO_MIN(reg(at))),
                    proto.1.map(|at| NftaNat::NFTA_NAT_REG_PROTO_MAX(reg(at))),
                    (*flags != 0).then_some(NftaNat::NFTA_NAT_FLAGS(Be(NatFlags(*flags)))),
                ]);
                named("nat", ExprData::Nat(Nest::Nested(&attrs)))
            }
            Expr::Masq { proto, flags } => {
                let attrs = some([
                    (*flags != 0).then_some(NftaMasq::NFTA_MASQ_FLAGS(Be(NatFlags(*flags)))),
                    proto.0.map(|at| NftaMasq::NFTA_MASQ_REG_PROTO_MIN(reg(at))),
                    proto.1.map(|at| NftaMasq::NFTA_MASQ_REG_PROTO_MAX(reg(at))),
                ]);
                named("masq", ExprData::Masq(Nest::Nested(&attrs)))
            }
            Expr::Redir { proto, flags } => {
                let attrs = some([
                    proto.0.map(|at| NftaRedir::NFTA_REDIR_REG_PROTO_MIN(reg(at))),
                    proto.1.map(|at| NftaRedir::NFTA_REDIR_REG_PROTO_MAX(reg(at))),
                    (*flags != 0).then_some(NftaRedir::NFTA_REDIR_FLAGS(Be(NatFlags(*flags)))),
                ]);
                named("redir", ExprData::Redir(Nest::Nested(&attrs)))
            }
            Expr::Queue { num, total, flags } => {
                let attrs = some([
                    Some(NftaQueue::NFTA_QUEUE_NUM(Be(*num))),
                    Some(NftaQueue::NFTA_QUEUE_TOTAL(Be(*total))),
                    (*flags != 0).then_some(NftaQueue::NFTA_QUEUE_FLAGS(Be(QueueFlags(*flags)))),
                ]);
                named("queue", ExprData::Queue(Nest::Nested(&attrs)))
            }
            Expr::Dup { addr, dev } => {
                let attrs = some([
                    addr.map(|at| NftaDup::NFTA_DUP_SREG_ADDR(reg(at))),
                    dev.map(|at| NftaDup::NFTA_DUP_SREG_DEV(reg(at))),
                ]);
                named("dup", ExprData::Dup(Nest::Nested(&attrs)))
            }
            Expr::Fwd { dev } => named("fwd", ExprData::Fwd(Nest::Nested(&[NftaFwd::NFTA_FWD_SREG_DEV(reg(*dev))]))),
            Expr::FlowOffload { name } => {
                named("flow_offload", ExprData::FlowOffload(Nest::Nested(&[NftaFlow::NFTA_FLOW_TABLE_NAME(Str::new(name))])))
            }
            Expr::Notrack | Expr::Other(_) => named("", ExprData::Counter(Nest::List(&[]))),
        }
    }

    /// Hands a limit's attributes to `put`, which an object has too.
    pub(super) fn with_limit<R>(&self, put: impl FnOnce(&[NftaLimit<'_>]) -> R) -> R {
        let Expr::Limit { rate, unit, burst, bytes, over } = self else { return put(&[]) };
        let kind = if *bytes { NFT_LIMIT_PKT_BYTES } else { NFT_LIMIT_PKTS };
        put(&some([
            Some(NftaLimit::NFTA_LIMIT_RATE(Be(*rate))),
            Some(NftaLimit::NFTA_LIMIT_UNIT(Be(LimitUnit(*unit)))),
            (*burst != 0).then_some(NftaLimit::NFTA_LIMIT_BURST(Be(*burst))),
            Some(NftaLimit::NFTA_LIMIT_TYPE(Be(kind))),
            Some(NftaLimit::NFTA_LIMIT_FLAGS(Be(LimitFlags(u32::from(*over))))),
        ]))
    }

    /// Hands a quota's attributes to `put`, which an object has too.
    pub(super) fn with_quota<R>(&self, put: impl FnOnce(&[NftaQuota<'_>]) -> R) -> R {
        let Expr::Quota { bytes, used, over } = self else { return put(&[]) };
        put(&[
            NftaQuota::NFTA_QUOTA_BYTES(Be(*bytes)),
            NftaQuota::NFTA_QUOTA_CONSUMED(Be(*used)),
            NftaQuota::NFTA_QUOTA_FLAGS(Be(QuotaFlags(u32::from(*over)))),
        ])
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
