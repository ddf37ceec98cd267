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
