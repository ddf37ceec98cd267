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
