//! Transactions: the messages between `NFNL_MSG_BATCH_BEGIN` and `NFNL_MSG_BATCH_END` take effect together or
//! not at all (linux/netfilter/nfnetlink.h), and each that did makes a new generation of the rule set.

use bytes::BytesMut;

use super::{NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END, NFNL_SUBSYS_NFTABLES, NFPROTO_UNSPEC, NfGenMsg};
use crate::error::Error;
use crate::frame::{Body, NLM_F_REQUEST, NlmF, message};
use crate::payload::{Be, Headed, Nest, Str};

attrs! {
    /// Attributes of a batch's first message: `enum nfnl_batch_attributes`.
    pub enum NfnlBatch<'a> in "netfilter/nfnetlink.h" {
        /// The generation that the batch was made for; with another one it fails with `ERESTART`.
        NFNL_BATCH_GENID(Be<u32>) = 1,
    }
}

attrs! {
    /// A generation of the rule set: `enum nft_gen_attributes`.
    pub enum NftaGen<'a> in "netfilter/nf_tables.h" {
        /// Its number, one more with every transaction.
        NFTA_GEN_ID(Be<u32>) = 1,
        /// The process that made it.
        NFTA_GEN_PROC_PID(Be<u32>) = 2,
        /// That process's name.
        NFTA_GEN_PROC_NAME(Str<'a>) = 3,
    }
}

/// Writes a batch to one buffer, to be sent as one datagram. Without [`end`](Batch::end) the kernel commits nothing.
#[derive(Debug)]
#[must_use = "a batch without its end changes nothing"]
pub struct Batch<'b> {
    out: &'b mut BytesMut,
    seq: u32,
}

impl<'b> Batch<'b> {
    /// Appends the first message, with sequence number `seq`. With `genid` the batch holds only for that generation.
    ///
    /// # Errors
    /// As [`message`].
    pub fn begin(out: &'b mut BytesMut, seq: u32, genid: Option<u32>) -> Result<Batch<'b>, Error> {
        let attrs = genid.map(|genid| NfnlBatch::NFNL_BATCH_GENID(Be(genid)));
        mark(out, NFNL_MSG_BATCH_BEGIN, seq, attrs.as_slice())?;
        Ok(Batch { out, seq })
    }

    /// Appends a message; [`NLM_F_REQUEST`] is added to its flags. Returns its sequence number, by which the
    /// kernel's verdict on it is known.
    ///
    /// # Errors
    /// As [`message`]; the batch is then as it was.
    pub fn add<'a, B: Body<'a>>(&mut self, nlmsg_type: u16, flags: NlmF, body: &B) -> Result<u32, Error> {
        let seq = self.seq.wrapping_add(1);
        message(self.out, nlmsg_type, flags | NLM_F_REQUEST, seq, body)?;
        self.seq = seq;
        Ok(seq)
    }

    /// Appends the last message, and returns its sequence number.
    ///
    /// # Errors
    /// As [`message`].
    pub fn end(self) -> Result<u32, Error> {
        let seq = self.seq.wrapping_add(1);
        mark(self.out, NFNL_MSG_BATCH_END, seq, &[])?;
        Ok(seq)
    }
}

fn mark(out: &mut BytesMut, nlmsg_type: u16, seq: u32, attrs: &[NfnlBatch<'_>]) -> Result<(), Error> {
    let header = NfGenMsg { nfgen_family: NFPROTO_UNSPEC, version: 0, res_id: Be(NFNL_SUBSYS_NFTABLES.0) };
    message(out, nlmsg_type, NLM_F_REQUEST, seq, &Headed::new(header, Nest::List(attrs)))
}

#[cfg(test)]
mod tests {
    use crate::Messages;
    use crate::frame::{NLM_F_CREATE, NlmF};
    use crate::nft::tests::*;
    use crate::nft::{NftaGen::*, *};
    use crate::payload::{Be, Headed, Nest, Str};
    use bytes::BytesMut;

    #[test]
    fn generation() {
        // from the kernel: nft list ruleset
        captured(
            NFPROTO_UNSPEC,
            "08000100000000170800020000001128080003006e667400",
            &[NFTA_GEN_ID(Be(23)), NFTA_GEN_PROC_PID(Be(4392)), NFTA_GEN_PROC_NAME(Str::new("nft"))],
        );
    }

    #[test]
    #[cfg_attr(target_endian = "big", ignore = "bytes of a little-endian machine")]
    fn whole() {
        // nft add table ip x; add chain ip x y
        let bytes = hex("140000001000010000000000000000000000000a\
                         24000000000a0100010000000000000002000000060001007800000008000200\
                         00000000\
                         24000000030a010402000000000000000200000006000100780000000600030079000000\
                         140000001100010003000000000000000000000a");
        let header = NfGenMsg::new(NFPROTO_IPV4);
        let mut out = BytesMut::new();
        let mut batch = Batch::begin(&mut out, 0, None).unwrap();
        let table = [NftaTable::NFTA_TABLE_NAME(Str::new("x")), NftaTable::NFTA_TABLE_FLAGS(Be(TableFlags(0)))];
        let seq = batch.add(NFT_MSG_NEWTABLE, NlmF(0), &Headed::new(header, Nest::List(&table)));
        assert_eq!(seq, Ok(1));
        let chain = [NftaChain::NFTA_CHAIN_TABLE(Str::new("x")), NftaChain::NFTA_CHAIN_NAME(Str::new("y"))];
        let seq = batch.add(NFT_MSG_NEWCHAIN, NLM_F_CREATE, &Headed::new(header, Nest::List(&chain)));
        assert_eq!(seq, Ok(2));
        assert_eq!(batch.end(), Ok(3));
        assert_eq!(out, bytes);

        let mut names = Messages::new(&bytes).map(|message| {
            let kind = message.unwrap().header.nlmsg_type;
            MESSAGES.iter().find(|info| info.number == kind).unwrap().name
        });
        assert!(
            ["NFNL_MSG_BATCH_BEGIN", "NFT_MSG_NEWTABLE", "NFT_MSG_NEWCHAIN", "NFNL_MSG_BATCH_END"].into_iter().eq(&mut names)
        );
    }

    #[test]
    fn a_message_that_fails_leaves_the_batch_as_it_was() {
        let mut empty = BytesMut::new();
        assert_eq!(Batch::begin(&mut empty, 7, Some(0x0102_0304)).unwrap().end(), Ok(8));
        let mut out = BytesMut::new();
        let mut batch = Batch::begin(&mut out, 7, Some(0x0102_0304)).unwrap();
        let table = [NftaTable::NFTA_TABLE_NAME(Str::new("a\0b"))];
        let body = Headed::new(NfGenMsg::new(NFPROTO_IPV4), Nest::List(&table));
        assert!(batch.add(NFT_MSG_NEWTABLE, NlmF(0), &body).is_err());
        assert_eq!(batch.end(), Ok(8));
        assert_eq!(out, empty);
        if cfg!(target_endian = "little") {
            assert_eq!(
                out,
                hex("1c0000001000010007000000000000000000000a0800010001020304140000001100010008000000000000000000000a")
            );
        }
    }
}
