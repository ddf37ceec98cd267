//! Expressions: what a rule does, one after the other (linux/netfilter/nf_tables.h). Each has a name and
//! attributes of its own; it reads registers, writes registers, or ends the rule.
//!
//! `tcp dport 22 accept` is four: `meta` puts the protocol in a register, `cmp` compares it with TCP, `payload`
//! puts the port in a register, `cmp` compares it with 22; and a fifth, `immediate`, gives the verdict.
//! `notrack` has a name and no attributes.

pub mod bitwise;
pub mod byteorder;
pub mod cmp;
pub mod connlimit;
pub mod counter;
pub mod ct;
pub mod dup;
pub mod dynset;
pub mod exthdr;
pub mod fib;
pub mod flow_offload;
pub mod fwd;
pub mod hash;
pub mod immediate;
pub mod inner;
pub mod last;
pub mod limit;
pub mod log;
pub mod lookup;
pub mod masq;
pub mod meta;
pub mod nat;
pub mod numgen;
pub mod objref;
pub mod osf;
pub mod payload;
pub mod queue;
pub mod quota;
pub mod range;
pub mod redir;
pub mod reject;
pub mod rt;
pub mod socket;
pub mod synproxy;
pub mod tproxy;
pub mod tunnel;
pub mod xfrm;

pub use bitwise::*;
pub use byteorder::*;
pub use cmp::*;
pub use connlimit::*;
pub use counter::*;
pub use ct::*;
pub use dup::*;
pub use dynset::*;
pub use exthdr::*;
pub use fib::*;
pub use flow_offload::*;
pub use fwd::*;
pub use hash::*;
pub use immediate::*;
pub use inner::*;
pub use last::*;
pub use limit::*;
pub use log::*;
pub use lookup::*;
pub use masq::*;
pub use meta::*;
pub use nat::*;
pub use numgen::*;
pub use objref::*;
pub use osf::*;
pub use payload::*;
pub use queue::*;
pub use quota::*;
pub use range::*;
pub use redir::*;
pub use reject::*;
pub use rt::*;
pub use socket::*;
pub use synproxy::*;
pub use tproxy::*;
pub use tunnel::*;
pub use xfrm::*;

use super::{NftaMatch, NftaTarget};
use crate::payload::{Nest, Selector, Str};

pick! {
    /// What an expression does, picked by `NFTA_EXPR_NAME`.
    pub enum ExprData<'a> by selector 0 {
        b"bitwise" => Bitwise(Nest<'a, NftaBitwise<'a>>),
        b"byteorder" => Byteorder(Nest<'a, NftaByteorder<'a>>),
        b"cmp" => Cmp(Nest<'a, NftaCmp<'a>>),
        b"connlimit" => Connlimit(Nest<'a, NftaConnlimit<'a>>),
        b"counter" => Counter(Nest<'a, NftaCounter<'a>>),
        b"ct" => Ct(Nest<'a, NftaCt<'a>>),
        b"dup" => Dup(Nest<'a, NftaDup<'a>>),
        b"dynset" => Dynset(Nest<'a, NftaDynset<'a>>),
        b"exthdr" => Exthdr(Nest<'a, NftaExthdr<'a>>),
        b"fib" => Fib(Nest<'a, NftaFib<'a>>),
        b"flow_offload" => FlowOffload(Nest<'a, NftaFlow<'a>>),
        b"fwd" => Fwd(Nest<'a, NftaFwd<'a>>),
        b"hash" => Hash(Nest<'a, NftaHash<'a>>),
        b"immediate" => Immediate(Nest<'a, NftaImmediate<'a>>),
        b"inner" => Inner(Nest<'a, NftaInner<'a>>),
        b"last" => Last(Nest<'a, NftaLast<'a>>),
        b"limit" => Limit(Nest<'a, NftaLimit<'a>>),
        b"log" => Log(Nest<'a, NftaLog<'a>>),
        b"lookup" => Lookup(Nest<'a, NftaLookup<'a>>),
        b"masq" => Masq(Nest<'a, NftaMasq<'a>>),
        b"match" => Match(Nest<'a, NftaMatch<'a>>),
        b"meta" => Meta(Nest<'a, NftaMeta<'a>>),
        b"nat" => Nat(Nest<'a, NftaNat<'a>>),
        b"numgen" => Numgen(Nest<'a, NftaNg<'a>>),
        b"objref" => Objref(Nest<'a, NftaObjref<'a>>),
        b"osf" => Osf(Nest<'a, NftaOsf<'a>>),
        b"payload" => Payload(Nest<'a, NftaPayload<'a>>),
        b"queue" => Queue(Nest<'a, NftaQueue<'a>>),
        b"quota" => Quota(Nest<'a, NftaQuota<'a>>),
        b"range" => Range(Nest<'a, NftaRange<'a>>),
        b"redir" => Redir(Nest<'a, NftaRedir<'a>>),
        b"reject" => Reject(Nest<'a, NftaReject<'a>>),
        b"rt" => Rt(Nest<'a, NftaRt<'a>>),
        b"socket" => Socket(Nest<'a, NftaSocket<'a>>),
        b"synproxy" => Synproxy(Nest<'a, NftaSynproxy<'a>>),
        b"target" => Target(Nest<'a, NftaTarget<'a>>),
        b"tproxy" => Tproxy(Nest<'a, NftaTproxy<'a>>),
        b"tunnel" => Tunnel(Nest<'a, NftaTunnel<'a>>),
        b"xfrm" => Xfrm(Nest<'a, NftaXfrm<'a>>),
    }
}

attrs! {
    /// An expression: `enum nft_expr_attributes`.
    pub enum NftaExpr<'a> in "netfilter/nf_tables.h" {
        /// Which expression it is.
        NFTA_EXPR_NAME(Selector<Str<'a>>) = 1,
        /// Its own attributes.
        NFTA_EXPR_DATA(ExprData<'a>) = 2,
    }
}

attrs! {
    /// Expressions: `enum nft_list_attributes`, repeated.
    pub enum NftaExprList<'a> in "netfilter/nf_tables.h" {
        /// One expression.
        NFTA_LIST_ELEM(Nest<'a, NftaExpr<'a>>) = 1,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaExpr::*, *};
    use crate::payload::{Nest, Selector, Str};

    #[test]
    fn notrack_has_no_attributes() {
        // nft add rule ip t pre notrack
        captured(NFPROTO_IPV4, "0c0001006e6f747261636b00", &[NFTA_EXPR_NAME(Selector(Str::new("notrack")))]);
    }

    #[test]
    #[cfg_attr(target_endian = "big", ignore = "bytes of a little-endian machine")]
    fn an_expression_that_no_table_knows_stays_as_it_came() {
        let bytes = hex("090001006e6f7065000000000800028001020304");
        let expr = Nest::<NftaExpr<'_>>::Walk(crate::payload::Span::new(&bytes, 0, 0));
        let data = expr.find(|attr| match attr {
            NFTA_EXPR_DATA(ExprData::Other(raw)) => Some(raw.value()),
            _ => None,
        });
        assert_eq!(data, Some(&[1, 2, 3, 4][..]));
    }
}
