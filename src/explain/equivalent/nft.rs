//! The commands of `nft`. Those that make something are in nft's own text; here are the others.

use nlmsg::frame::NLM_F_DUMP;
use nlmsg::nft::*;

use super::Request;
use crate::explain::Seen;

/// The `nft` command that would have sent a request that makes nothing.
pub(in crate::explain) fn command(seen: &Seen<'_>) -> Option<String> {
    let request = Request::new(seen)?;
    let family = NfProto(request.family()).word();
    let dump = request.has(NLM_F_DUMP);
    let name = |name: &str| request.text(name);
    let of = |words: &[Option<String>]| words.iter().cloned().collect::<Option<Vec<_>>>().map(|words| words.join(" "));
    let kind = |nlmsg_type: u16| {
        let destroys = matches!(nlmsg_type, NFT_MSG_DESTROYTABLE..=NFT_MSG_DESTROYFLOWTABLE);
        Some(if destroys { "nft destroy" } else { "nft delete" }.to_owned())
    };
    let nlmsg_type = seen.header?.nlmsg_type;
    let family = family.map(String::from);
    match nlmsg_type {
        NFT_MSG_DELTABLE | NFT_MSG_DESTROYTABLE => match name("NFTA_TABLE_NAME") {
            Some(table) => of(&[kind(nlmsg_type), Some("table".into()), family, Some(table)]),
            None => Some("nft flush ruleset".into()),
        },
        NFT_MSG_DELCHAIN | NFT_MSG_DESTROYCHAIN => {
            of(&[kind(nlmsg_type), Some("chain".into()), family, name("NFTA_CHAIN_TABLE"), name("NFTA_CHAIN_NAME")])
        }
        NFT_MSG_DELRULE | NFT_MSG_DESTROYRULE => match (name("NFTA_RULE_CHAIN"), name("NFTA_RULE_HANDLE")) {
            (Some(chain), Some(handle)) => of(&[
                kind(nlmsg_type),
                Some("rule".into()),
                family,
                name("NFTA_RULE_TABLE"),
                Some(chain),
                Some("handle".into()),
                Some(handle),
            ]),
            (Some(chain), None) => of(&[Some("nft flush chain".into()), family, name("NFTA_RULE_TABLE"), Some(chain)]),
            (None, _) => of(&[Some("nft flush table".into()), family, name("NFTA_RULE_TABLE")]),
        },
        NFT_MSG_DELSET | NFT_MSG_DESTROYSET => {
            of(&[kind(nlmsg_type), Some("set".into()), family, name("NFTA_SET_TABLE"), name("NFTA_SET_NAME")])
        }
        NFT_MSG_GETTABLE if dump => Some("nft list tables".into()),
        NFT_MSG_GETCHAIN if dump => Some("nft list chains".into()),
        NFT_MSG_GETSET if dump => Some("nft list sets".into()),
        NFT_MSG_GETRULE if dump => Some("nft list ruleset".into()),
        NFT_MSG_GETFLOWTABLE if dump => Some("nft list flowtables".into()),
        _ => None,
    }
}
