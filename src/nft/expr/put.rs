//! Expressions to attributes.

use bytes::BytesMut;
use nlmsg::nft::*;
use nlmsg::payload::{Be, Selector, Str};
use nlmsg::{AttrSet, Error, Nest};

use super::Expr;

/// Keeps what is there.
fn some<T>(list: impl IntoIterator<Item = Option<T>>) -> Vec<T> {
    list.into_iter().flatten().collect()
}

fn reg(reg: u32) -> Be<Reg> {
    Be(Reg(reg))
}

impl Expr {
    /// Appends the expression as an element of a list.
    pub(in crate::nft) fn put(&self, out: &mut BytesMut) -> Result<(), Error> {
        self.with(&mut |expr| NftaExprList::NFTA_LIST_ELEM(Nest::Nested(expr)).encode(out))
    }

    /// Hands the expression's two attributes to `put`.
    pub(in crate::nft) fn with(&self, put: &mut dyn FnMut(&[NftaExpr<'_>]) -> Result<(), Error>) -> Result<(), Error> {
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
                    Some(NftaNat::NFTA_NAT_FAMILY(Be(Family(*family)))),
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
    pub(in crate::nft) fn with_limit<R>(&self, put: impl FnOnce(&[NftaLimit<'_>]) -> R) -> R {
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
    pub(in crate::nft) fn with_quota<R>(&self, put: impl FnOnce(&[NftaQuota<'_>]) -> R) -> R {
        let Expr::Quota { bytes, used, over } = self else { return put(&[]) };
        put(&[
            NftaQuota::NFTA_QUOTA_BYTES(Be(*bytes)),
            NftaQuota::NFTA_QUOTA_CONSUMED(Be(*used)),
            NftaQuota::NFTA_QUOTA_FLAGS(Be(QuotaFlags(u32::from(*over)))),
        ])
    }
}
