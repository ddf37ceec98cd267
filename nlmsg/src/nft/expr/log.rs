//! `log`: writes packets to the kernel's log, or hands them to a program.

use crate::payload::{Be, Str};

names! {
    /// `enum nft_log_level`: syslog's, and audit.
    pub enum LogLevel(u32) {
        NFT_LOGLEVEL_EMERG = 0 => "emerg",
        NFT_LOGLEVEL_ALERT = 1 => "alert",
        NFT_LOGLEVEL_CRIT = 2 => "crit",
        NFT_LOGLEVEL_ERR = 3 => "err",
        NFT_LOGLEVEL_WARNING = 4 => "warn",
        NFT_LOGLEVEL_NOTICE = 5 => "notice",
        NFT_LOGLEVEL_INFO = 6 => "info",
        NFT_LOGLEVEL_DEBUG = 7 => "debug",
        NFT_LOGLEVEL_AUDIT = 8 => "audit",
    }
}

names! {
    /// What is written besides (linux/netfilter/nf_log.h).
    pub flags LogFlags(u32) {
        NF_LOG_TCPSEQ = 1 => "tcp sequence",
        NF_LOG_TCPOPT = 2 => "tcp options",
        NF_LOG_IPOPT = 4 => "ip options",
        NF_LOG_UID = 8 => "skuid",
        NF_LOG_NFLOG = 16,
        NF_LOG_MACDECODE = 32 => "ether",
    }
}

attrs! {
    /// `enum nft_log_attributes`.
    pub enum NftaLog<'a> in "netfilter/nf_tables.h" {
        /// The group of `NFNL_SUBSYS_ULOG` that packets go to. Absent: the kernel's log.
        NFTA_LOG_GROUP(Be<u16>) = 1,
        /// What each line begins with.
        NFTA_LOG_PREFIX(Str<'a>) = 2,
        /// How many bytes of each packet a program gets.
        NFTA_LOG_SNAPLEN(Be<u32>) = 3,
        /// How many packets wait until they go to the program together.
        NFTA_LOG_QTHRESHOLD(Be<u16>) = 4,
        /// Level in the kernel's log.
        NFTA_LOG_LEVEL(Be<LogLevel>) = 5,
        /// `NF_LOG_*`.
        NFTA_LOG_FLAGS(Be<LogFlags>) = 6,
    }
}

#[cfg(test)]
mod tests {
    use crate::nft::tests::*;
    use crate::nft::{NftaLog::*, *};
    use crate::payload::{Be, Nest, Str};

    #[test]
    fn kernel_log() {
        // nft add rule ip t c log prefix "seen " level warn flags skuid
        expr(
            "080001006c6f6700200002800a0002007365656e2000000008000500000000040800060000000008",
            "log",
            ExprData::Log(Nest::Nested(&[
                NFTA_LOG_PREFIX(Str::new("seen ")),
                NFTA_LOG_LEVEL(Be(NFT_LOGLEVEL_WARNING)),
                NFTA_LOG_FLAGS(Be(NF_LOG_UID)),
            ])),
        );
        // the same from the kernel
        expr(
            "080001006c6f6700200002000a0002007365656e2000000008000500000000040800060000000008",
            "log",
            ExprData::Log(Nest::List(&[
                NFTA_LOG_PREFIX(Str::new("seen ")),
                NFTA_LOG_LEVEL(Be(NFT_LOGLEVEL_WARNING)),
                NFTA_LOG_FLAGS(Be(NF_LOG_UID)),
            ])),
        );
    }

    #[test]
    fn group() {
        // nft add rule ip t c log group 5 snaplen 64 queue-threshold 3
        expr(
            "080001006c6f67001c000280060001000005000008000300000000400600040000030000",
            "log",
            ExprData::Log(Nest::Nested(&[NFTA_LOG_GROUP(Be(5)), NFTA_LOG_SNAPLEN(Be(64)), NFTA_LOG_QTHRESHOLD(Be(3))])),
        );
        // the same from the kernel
        expr(
            "080001006c6f67001c000200060001000005000008000300000000400600040000030000",
            "log",
            ExprData::Log(Nest::List(&[NFTA_LOG_GROUP(Be(5)), NFTA_LOG_SNAPLEN(Be(64)), NFTA_LOG_QTHRESHOLD(Be(3))])),
        );
    }
}
