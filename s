setsockopt(3, SOL_SOCKET, SO_SNDBUF, [32768], 4) = 0
setsockopt(3, SOL_SOCKET, SO_RCVBUF, [1048576], 4) = 0
setsockopt(3, SOL_NETLINK, NETLINK_EXT_ACK, [1], 4) = 0
bind(3, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 0
setsockopt(3, SOL_NETLINK, NETLINK_GET_STRICT_CHK, [1], 4) = 0
setsockopt(3, SOL_SOCKET, SO_SNDBUF, [32768], 4) = 0
setsockopt(3, SOL_SOCKET, SO_RCVBUF, [1048576], 4) = 0
setsockopt(3, SOL_NETLINK, NETLINK_EXT_ACK, [1], 4) = 0
bind(3, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=0x2000004}, 12) = 0
setsockopt(3, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, [33], 4) = 0
setsockopt(3, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, [35], 4) = 0
--- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=14853, si_uid=0} ---
+++ killed by SIGTERM +++
