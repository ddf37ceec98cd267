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
    for info in route::link::MESSAGES {
        check(info, route::link::MESSAGES, |_, bytes| {
            again::<nlmsg::payload::Headed<'_, route::link::IfInfoMsg, route::link::Ifla<'_>>>(bytes)
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
