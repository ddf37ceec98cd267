//! What the rule set holds.

use nix::errno::Errno;
use nlmsg::frame::NlmF;
use nlmsg::nft::NftaChain::*;
use nlmsg::nft::NftaCmp::*;
use nlmsg::nft::NftaExpr::NFTA_EXPR_DATA;
use nlmsg::nft::NftaExprList::NFTA_LIST_ELEM;
use nlmsg::nft::NftaGen::NFTA_GEN_ID;
use nlmsg::nft::NftaHook::*;
use nlmsg::nft::NftaImmediate::NFTA_IMMEDIATE_DATA;
use nlmsg::nft::NftaRule::*;
use nlmsg::nft::NftaSetElem::*;
use nlmsg::nft::NftaSetElemList::*;
use nlmsg::nft::{
    Chain, ExprData, Gen, HookNum, InetHook, NF_ACCEPT, NF_DROP, NFPROTO_UNSPEC, NFT_CMP_EQ, NFT_MSG_GETCHAIN, NFT_MSG_GETGEN,
    NFT_MSG_GETRULE, NFT_MSG_GETSETELEM, NFT_SET_ELEM_INTERVAL_END, NFTNL_UDATA_RULE_COMMENT, NfGenMsg, NfProto, Rule, SetElems,
};
use nlmsg::payload::{Be, Nest, Slot, Str};

use super::TABLE;
use super::write::Edge;
use crate::Socket;
use crate::exchange::Error;

/// The number of the rule set's generation.
pub(super) fn generation(socket: &mut Socket) -> Result<u32, Error> {
    let mut id = None;
    let request = Gen::new(NfGenMsg::new(NFPROTO_UNSPEC), Nest::List(&[]));
    socket.get(NFT_MSG_GETGEN, NlmF(0), &request, |message| {
        let body: Gen<'_> = message.body().map_err(Error::Answer)?;
        id = body.attrs.find(|attr| match attr {
            NFTA_GEN_ID(Be(number)) => Some(number),
            _ => None,
        });
        Ok::<(), Error>(())
    })?;
    Ok(id.unwrap_or_default())
}

/// A chain with a hook.
#[derive(Clone, Debug)]
pub(super) struct BaseChain {
    pub(super) family: NfProto,
    pub(super) table: String,
    pub(super) name: String,
    pub(super) hook: InetHook,
    pub(super) drops: bool,
}

/// All chains with a hook, of all families of which hooks have the same numbers.
pub(super) fn base_chains(socket: &mut Socket) -> Result<Vec<BaseChain>, Error> {
    let request = Chain::new(NfGenMsg::new(NFPROTO_UNSPEC), Nest::List(&[]));
    let list = socket.list(NFT_MSG_GETCHAIN, NlmF(0), &request, |message| {
        let body: Chain<'_> = message.body().map_err(Error::Answer)?;
        let (mut table, mut name, mut hook, mut drops) = (None, None, None, false);
        for attr in body.attrs.iter() {
            match attr.map_err(Error::Answer)? {
                NFTA_CHAIN_TABLE(text) => table = text.to_str(),
                NFTA_CHAIN_NAME(text) => name = text.to_str(),
                NFTA_CHAIN_POLICY(Be(policy)) => drops = policy == NF_DROP,
                NFTA_CHAIN_HOOK(place) => {
                    hook = place.find(|attr| match attr {
                        NFTA_HOOK_HOOKNUM(HookNum::Inet(Be(hook))) => Some(hook),
                        _ => None,
                    });
                }
                _ => {}
            }
        }
        let (Some(table), Some(name), Some(hook)) = (table, name, hook) else { return Ok(None) };
        Ok::<_, Error>(Some(BaseChain {
            family: body.header.nfgen_family,
            table: table.to_owned(),
            name: name.to_owned(),
            hook,
            drops,
        }))
    });
    Ok(list?.items)
}

/// What is known of a rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) chain: String,
    pub(super) handle: u64,
    pub(super) comment: String,
    /// Whether it accepts.
    pub(super) accepts: bool,
    /// Whether all packets reach its end.
    pub(super) of_all: bool,
    /// Values with which something must be equal.
    pub(super) equal: Vec<Vec<u8>>,
}

/// The rules of a table, or of one of its chains.
pub(super) fn rules(socket: &mut Socket, family: NfProto, table: &str, chain: Option<&str>) -> Result<Vec<Known>, Error> {
    let attrs: Vec<_> = [Some(NFTA_RULE_TABLE(Str::new(table))), chain.map(|chain| NFTA_RULE_CHAIN(Str::new(chain)))]
        .into_iter()
        .flatten()
        .collect();
    let list = socket.list(NFT_MSG_GETRULE, NlmF(0), &Rule::new(NfGenMsg::new(family), Nest::List(&attrs)), |message| {
        let body: Rule<'_> = message.body().map_err(Error::Answer)?;
        let mut rule = Known { of_all: true, ..Known::default() };
        let mut wanted = true;
        for attr in body.attrs.iter() {
            match attr.map_err(Error::Answer)? {
                // old kernels do not filter
                NFTA_RULE_TABLE(name) => wanted &= name == table,
                NFTA_RULE_CHAIN(name) => {
                    wanted &= chain.is_none_or(|chain| name == chain);
                    rule.chain = name.to_string();
                }
                NFTA_RULE_HANDLE(Be(handle)) => rule.handle = handle,
                NFTA_RULE_USERDATA(data) => rule.comment = data.text(NFTNL_UDATA_RULE_COMMENT).unwrap_or_default().to_owned(),
                NFTA_RULE_EXPRESSIONS(exprs) => {
                    for item in exprs.iter().map_while(Result::ok) {
                        let NFTA_LIST_ELEM(expr) = item else { continue };
                        let data = expr.find(|attr| match attr {
                            NFTA_EXPR_DATA(data) => Some(data),
                            _ => None,
                        });
                        rule.see(data);
                    }
                }
                _ => {}
            }
        }
        Ok::<_, Error>(wanted.then_some(rule))
    });
    none_if_missing(list.map(|list| list.items)).map(Option::unwrap_or_default)
}

impl Known {
    fn see(&mut self, data: Option<ExprData<'_>>) {
        match data {
            Some(ExprData::Counter(_)) => {}
            Some(ExprData::Immediate(immediate)) => {
                let data = immediate.find(|attr| match attr {
                    NFTA_IMMEDIATE_DATA(data) => Some(data),
                    _ => None,
                });
                self.accepts |= data.and_then(|data| data.verdict()).is_some_and(|(verdict, _)| verdict == NF_ACCEPT);
            }
            Some(ExprData::Cmp(cmp)) => {
                self.of_all = false;
                let (mut equals, mut value) = (false, None);
                for attr in cmp.iter().map_while(Result::ok) {
                    match attr {
                        NFTA_CMP_OP(Be(op)) => equals = op == NFT_CMP_EQ,
                        NFTA_CMP_DATA(data) => value = data.value(),
                        _ => {}
                    }
                }
                self.equal.extend(value.filter(|_| equals).map(<[u8]>::to_vec));
            }
            _ => self.of_all = false,
        }
    }
}

/// The elements of one of our sets; `None` if there is no such set.
pub(super) fn elements(socket: &mut Socket, family: NfProto, set: &str) -> Result<Option<Vec<Edge>>, Error> {
    let attrs = [NFTA_SET_ELEM_LIST_TABLE(Str::new(TABLE)), NFTA_SET_ELEM_LIST_SET(Str::new(set))];
    let mut edges: Vec<Edge> = Vec::new();
    let asked =
        socket.dump_again(NFT_MSG_GETSETELEM, NlmF(0), &SetElems::new(NfGenMsg::new(family), Nest::List(&attrs)), |item| {
            let crate::socket::Item::Message(message) = item else {
                edges.clear();
                return Ok(());
            };
            let body: SetElems<'_> = message.body().map_err(Error::Answer)?;
            let Some(elems) = body.attrs.find(|attr| match attr {
                NFTA_SET_ELEM_LIST_ELEMENTS(elems) => Some(elems),
                _ => None,
            }) else {
                return Ok(());
            };
            for elem in elems.iter().map_while(Result::ok) {
                let Slot::At(_, elem) = elem else { continue };
                let (mut key, mut end) = (None, false);
                for attr in elem.iter() {
                    match attr.map_err(Error::Answer)? {
                        NFTA_SET_ELEM_KEY(data) => key = data.value(),
                        NFTA_SET_ELEM_FLAGS(Be(flags)) => end = flags.contains(NFT_SET_ELEM_INTERVAL_END),
                        _ => {}
                    }
                }
                edges.extend(key.map(|key| (key.to_vec(), end)));
            }
            Ok::<(), Error>(())
        });
    none_if_missing(asked.map(|_| edges))
}

fn none_if_missing<T>(asked: Result<T, Error>) -> Result<Option<T>, Error> {
    match asked {
        Err(error) if error.errno() == Some(Errno::ENOENT) => Ok(None),
        asked => asked.map(Some),
    }
}

/// The intervals of edges in any order: the first value, and the first that is not in it any more.
pub(super) fn intervals(mut edges: Vec<Edge>) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    crate::sort::sort_by(&mut edges, |a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    let mut intervals: Vec<(Vec<u8>, Option<Vec<u8>>)> = Vec::new();
    for (key, end) in edges {
        match intervals.last_mut() {
            _ if !end => intervals.push((key, None)),
            Some((_, last @ None)) => *last = Some(key),
            // the kernel begins a list with the end of nothing
            _ => {}
        }
    }
    intervals
}
