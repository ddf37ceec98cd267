//! Every generated message, valid and half-valid, survives decoding and encoding, and explains byte for byte.

use bytes::BytesMut;
use nlmsg::make::Gen;
use nlmsg::payload::MessageInfo;
use nlmsg::{Body, Messages, explain, nft, route};

/// Decodes a message as what its type says, all nests included, and encodes it again.
fn again<'a, B: Body<'a>>(bytes: &'a [u8]) -> BytesMut {
    let message = Messages::new(bytes).next().unwrap().unwrap();
    let body: B = message.body().unwrap();
    let mut out = BytesMut::new();
    let header = message.header;
    nlmsg::frame::message(&mut out, header.nlmsg_type, header.nlmsg_flags, header.nlmsg_seq, &body).unwrap();
    out
}

fn check(info: &MessageInfo, protocol: &[MessageInfo], read: fn(u16, &[u8]) -> BytesMut) {
    let mut bytes = BytesMut::new();
    for seed in 0..3000 {
        bytes.clear();
        let mut make = if seed % 2 == 0 { Gen::new(seed) } else { Gen::half_valid(seed, 5) };
        make.message(info, &mut bytes);
        let out = read(info.number, &bytes);
        assert_eq!(out[..bytes.len()], bytes[..], "{} with seed {seed}", info.name);
        assert!(out[bytes.len()..].iter().all(|&byte| byte == 0) && out.len() - bytes.len() < 4);
        let mut joined = Vec::new();
        explain::explain(&bytes, protocol, &mut |row| {
            assert_eq!(row.offset, joined.len());
            joined.extend_from_slice(row.bytes);
            let _ = row.value.to_string();
        });
        assert_eq!(joined, bytes);
    }
}

#[test]
fn rtnetlink() {
    for info in route::MESSAGES {
        check(info, route::MESSAGES, |kind, bytes| match kind {
            route::RTM_NEWADDR..=route::RTM_GETADDR | route::RTM_NEWMULTICAST..=route::RTM_GETANYCAST => {
                again::<route::Addr<'_>>(bytes)
            }
            route::RTM_NEWROUTE..=route::RTM_GETROUTE => again::<route::Route<'_>>(bytes),
            route::RTM_NEWNEIGH..=route::RTM_GETNEIGH => again::<route::Neigh<'_>>(bytes),
            route::RTM_NEWNEIGHTBL..=route::RTM_SETNEIGHTBL => again::<route::NeighTbl<'_>>(bytes),
            route::RTM_NEWRULE..=route::RTM_GETRULE => again::<route::Rule<'_>>(bytes),
            route::RTM_NEWNSID..=route::RTM_GETNSID => again::<route::Nsid<'_>>(bytes),
            route::RTM_NEWNETCONF..=route::RTM_GETNETCONF => again::<route::Netconf<'_>>(bytes),
            route::RTM_NEWSTATS => again::<route::Stats<'_>>(bytes),
            route::RTM_GETSTATS | route::RTM_SETSTATS => again::<route::StatsRequest<'_>>(bytes),
            route::RTM_NEWVLAN | route::RTM_DELVLAN => again::<route::Vlan<'_>>(bytes),
            route::RTM_GETVLAN => again::<route::VlanRequest<'_>>(bytes),
            route::RTM_NEWTUNNEL..=route::RTM_GETTUNNEL => again::<route::Tunnel<'_>>(bytes),
            _ => again::<route::Link<'_>>(bytes),
        });
    }
}

#[test]
fn nftables() {
    for info in nft::MESSAGES {
        check(info, nft::MESSAGES, |number, bytes| match nft_set(number) {
            "NftaTable" => again::<nft::Table<'_>>(bytes),
            "NftaChain" => again::<nft::Chain<'_>>(bytes),
            "NftaRule" => again::<nft::Rule<'_>>(bytes),
            "NftaSet" => again::<nft::Set<'_>>(bytes),
            "NftaSetElemList" => again::<nft::SetElems<'_>>(bytes),
            "NftaGen" => again::<nft::Gen<'_>>(bytes),
            "NftaObj" => again::<nft::Obj<'_>>(bytes),
            "NftaFlowtable" => again::<nft::Flowtable<'_>>(bytes),
            "NftaTrace" => again::<nft::Trace<'_>>(bytes),
            "NfnlBatch" => again::<nft::BatchMark<'_>>(bytes),
            "NftaCompat" => again::<nft::Compat<'_>>(bytes),
            set => panic!("no message type for {set}"),
        });
    }
}

/// Name of the set that follows the header of a message.
fn nft_set(number: u16) -> &'static str {
    let info = nft::MESSAGES.iter().find(|info| info.number == number).unwrap();
    (info.set)().name
}
