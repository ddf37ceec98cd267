// The same work with libmnl: its walk, its checks, its getters, as its own examples use them.

#include <string.h>
#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <libmnl/libmnl.h>


struct sum {
	uint64_t total;
	// values that nothing here knows
	uint64_t missed;
};

static int missed(struct sum *sum)
{
	sum->missed++;
	return MNL_CB_OK;
}

static int u8(const struct nlattr *attr, struct sum *sum)
{
	if (mnl_attr_validate(attr, MNL_TYPE_U8) < 0)
		return MNL_CB_ERROR;
	sum->total += mnl_attr_get_u8(attr);
	return MNL_CB_OK;
}

static int u16(const struct nlattr *attr, struct sum *sum)
{
	if (mnl_attr_validate(attr, MNL_TYPE_U16) < 0)
		return MNL_CB_ERROR;
	sum->total += mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int u32(const struct nlattr *attr, struct sum *sum)
{
	if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
		return MNL_CB_ERROR;
	sum->total += mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int s32(const struct nlattr *attr, struct sum *sum)
{
	if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
		return MNL_CB_ERROR;
	sum->total += (int64_t)(int32_t)mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int u64(const struct nlattr *attr, struct sum *sum)
{
	if (mnl_attr_validate(attr, MNL_TYPE_U64) < 0)
		return MNL_CB_ERROR;
	sum->total += mnl_attr_get_u64(attr);
	return MNL_CB_OK;
}

static int be32(const struct nlattr *attr, struct sum *sum)
{
	if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
		return MNL_CB_ERROR;
	sum->total += ntohl(mnl_attr_get_u32(attr));
	return MNL_CB_OK;
}

static int be64(const struct nlattr *attr, struct sum *sum)
{
	if (mnl_attr_validate(attr, MNL_TYPE_U64) < 0)
		return MNL_CB_ERROR;
	sum->total += __builtin_bswap64(mnl_attr_get_u64(attr));
	return MNL_CB_OK;
}

static int text(const struct nlattr *attr, struct sum *sum)
{
	if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return MNL_CB_ERROR;
	sum->total += strlen(mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

static int binary(const struct nlattr *attr, struct sum *sum)
{
	sum->total += mnl_attr_get_payload_len(attr);
	return MNL_CB_OK;
}

static int ip(const struct nlattr *attr, struct sum *sum)
{
	const void *payload = mnl_attr_get_payload(attr);

	if (mnl_attr_get_payload_len(attr) == 4) {
		uint32_t v4;
		memcpy(&v4, payload, 4);
		sum->total += ntohl(v4);
	} else if (mnl_attr_get_payload_len(attr) == 16) {
		uint64_t low;
		memcpy(&low, payload + 8, 8);
		sum->total += __builtin_bswap64(low);
	} else {
		return MNL_CB_ERROR;
	}
	return MNL_CB_OK;
}

// Arrays, and structs whose fields are all alike.
#define ARRAY(name, type) \
static int name(const struct nlattr *attr, struct sum *sum) \
{ \
	const unsigned char *payload = mnl_attr_get_payload(attr); \
	uint64_t total = 0; \
	for (size_t n = mnl_attr_get_payload_len(attr) / sizeof(type); n; n--, payload += sizeof(type)) { \
		type value; \
		memcpy(&value, payload, sizeof value); \
		total += (uint64_t)(int64_t)value; \
	} \
	sum->total += total; \
	return MNL_CB_OK; \
}
ARRAY(all_u8, uint8_t)
ARRAY(all_u32, uint32_t)
ARRAY(all_s32, int32_t)
ARRAY(all_u64, uint64_t)

static int map(const struct nlattr *attr, struct sum *sum)
{
	struct rtnl_link_ifmap map;

	if (mnl_attr_get_payload_len(attr) < 28)
		return MNL_CB_ERROR;
	memcpy(&map, mnl_attr_get_payload(attr), 28);
	sum->total += map.mem_start + map.mem_end + map.base_addr + map.irq + map.dma + map.port;
	return MNL_CB_OK;
}

static int nest(const struct nlattr *attr, mnl_attr_cb_t cb, struct sum *sum)
{
	return mnl_attr_parse_nested(attr, cb, sum);
}

static int inet(const struct nlattr *attr, void *sum)
{
	return mnl_attr_get_type(attr) == IFLA_INET_CONF ? all_u32(attr, sum) : missed(sum);
}

static int inet6(const struct nlattr *attr, void *sum)
{
	switch (mnl_attr_get_type(attr)) {
	case IFLA_INET6_FLAGS:
	case IFLA_INET6_RA_MTU:
		return u32(attr, sum);
	case IFLA_INET6_CONF:
		return all_s32(attr, sum);
	case IFLA_INET6_STATS:
	case IFLA_INET6_ICMP6STATS:
		return all_u64(attr, sum);
	case IFLA_INET6_CACHEINFO:
		return all_u32(attr, sum);
	case IFLA_INET6_TOKEN:
		return ip(attr, sum);
	case IFLA_INET6_ADDR_GEN_MODE:
		return u8(attr, sum);
	default:
		return missed(sum);
	}
}

static int af_spec(const struct nlattr *attr, void *sum)
{
	switch (mnl_attr_get_type(attr)) {
	case AF_INET:
		return nest(attr, inet, sum);
	case AF_INET6:
		return nest(attr, inet6, sum);
	default:
		return missed(sum);
	}
}

static int brport(const struct nlattr *attr, void *sum)
{
	switch (mnl_attr_get_type(attr)) {
	case IFLA_BRPORT_ROOT_ID:
	case IFLA_BRPORT_BRIDGE_ID:
		return all_u8(attr, sum);
	case IFLA_BRPORT_PRIORITY:
	case IFLA_BRPORT_DESIGNATED_PORT:
	case IFLA_BRPORT_DESIGNATED_COST:
	case IFLA_BRPORT_ID:
	case IFLA_BRPORT_NO:
	case IFLA_BRPORT_GROUP_FWD_MASK:
		return u16(attr, sum);
	case IFLA_BRPORT_COST:
	case 34: // IFLA_BRPORT_BACKUP_PORT and those after it
	case 37:
	case 38:
	case 41:
	case 42:
	case 44:
		return u32(attr, sum);
	case IFLA_BRPORT_MESSAGE_AGE_TIMER:
	case IFLA_BRPORT_FORWARD_DELAY_TIMER:
	case IFLA_BRPORT_HOLD_TIMER:
		return u64(attr, sum);
	case IFLA_BRPORT_FLUSH:
	case IFLA_BRPORT_PAD:
		return binary(attr, sum);
	default:
		return mnl_attr_get_type(attr) <= 45 ? u8(attr, sum) : missed(sum);
	}
}

static int info(const struct nlattr *attr, void *sum)
{
	switch (mnl_attr_get_type(attr)) {
	case IFLA_INFO_KIND:
	case IFLA_INFO_SLAVE_KIND:
		return text(attr, sum);
	case IFLA_INFO_SLAVE_DATA:
		return nest(attr, brport, sum);
	default:
		return missed(sum);
	}
}

static int xdp(const struct nlattr *attr, void *sum)
{
	return mnl_attr_get_type(attr) == IFLA_XDP_ATTACHED ? u8(attr, sum) : missed(sum);
}

static int pin(const struct nlattr *attr, void *sum)
{
	return mnl_attr_get_type(attr) == 1 ? u32(attr, sum) : missed(sum);
}

static int other(const struct nlattr *attr, void *sum)
{
	return binary(attr, sum);
}

static int link_attr(const struct nlattr *attr, void *sum)
{
	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
	case IFLA_QDISC:
	case IFLA_IFALIAS:
	case IFLA_PHYS_PORT_NAME:
		return text(attr, sum);
	case IFLA_ADDRESS:
	case IFLA_BROADCAST:
	case IFLA_PERM_ADDRESS:
	case IFLA_PAD:
		return binary(attr, sum);
	case IFLA_OPERSTATE:
	case IFLA_LINKMODE:
	case IFLA_CARRIER:
	case IFLA_PROTO_DOWN:
	case 67: // IFLA_NETNS_IMMUTABLE
		return u8(attr, sum);
	case 68: // IFLA_HEADROOM
	case 69: // IFLA_TAILROOM
		return u16(attr, sum);
	case IFLA_LINK_NETNSID:
		return s32(attr, sum);
	case 66: // IFLA_MAX_PACING_OFFLOAD_HORIZON
		return mnl_attr_get_payload_len(attr) == 8 ? u64(attr, sum) : u32(attr, sum);
	case IFLA_MTU:
	case IFLA_LINK:
	case IFLA_MASTER:
	case IFLA_TXQLEN:
	case IFLA_GROUP:
	case IFLA_PROMISCUITY:
	case IFLA_NUM_TX_QUEUES:
	case IFLA_NUM_RX_QUEUES:
	case IFLA_CARRIER_CHANGES:
	case IFLA_GSO_MAX_SEGS:
	case IFLA_GSO_MAX_SIZE:
	case IFLA_CARRIER_UP_COUNT:
	case IFLA_CARRIER_DOWN_COUNT:
	case IFLA_MIN_MTU:
	case IFLA_MAX_MTU:
	case 58: // IFLA_GRO_MAX_SIZE and those after it
	case 59:
	case 60:
	case 61:
	case 63:
	case 64:
		return u32(attr, sum);
	case IFLA_MAP:
		return map(attr, sum);
	case IFLA_STATS:
		return all_u32(attr, sum);
	case IFLA_STATS64:
		return all_u64(attr, sum);
	case IFLA_LINKINFO:
		return nest(attr, info, sum);
	case IFLA_AF_SPEC:
		return nest(attr, af_spec, sum);
	case 62: // IFLA_DEVLINK_PORT
		return nest(attr, other, sum);
	case 65: // IFLA_DPLL_PIN
		return nest(attr, pin, sum);
	case IFLA_XDP:
		return nest(attr, xdp, sum);
	default:
		return missed(sum);
	}
}

static int addr_attr(const struct nlattr *attr, void *sum)
{
	switch (mnl_attr_get_type(attr)) {
	case IFA_ADDRESS:
	case IFA_LOCAL:
	case IFA_BROADCAST:
		return ip(attr, sum);
	case IFA_LABEL:
		return text(attr, sum);
	case IFA_CACHEINFO:
		return all_u32(attr, sum);
	case IFA_FLAGS:
	case IFA_RT_PRIORITY:
		return u32(attr, sum);
	case 11: // IFA_PROTO
		return u8(attr, sum);
	default:
		return missed(sum);
	}
}

static int route_attr(const struct nlattr *attr, void *sum)
{
	switch (mnl_attr_get_type(attr)) {
	case RTA_DST:
	case RTA_SRC:
	case RTA_GATEWAY:
	case RTA_PREFSRC:
		return ip(attr, sum);
	case RTA_IIF:
	case RTA_OIF:
	case RTA_PRIORITY:
	case RTA_FLOW:
	case RTA_TABLE:
	case RTA_MARK:
		return u32(attr, sum);
	default:
		return missed(sum);
	}
}

static int verdict(const struct nlattr *attr, void *sum)
{
	struct sum *s = sum;

	switch (mnl_attr_get_type(attr)) {
	case NFTA_VERDICT_CODE:
		if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
			return MNL_CB_ERROR;
		s->total += (int64_t)(int32_t)ntohl(mnl_attr_get_u32(attr));
		return MNL_CB_OK;
	case NFTA_VERDICT_CHAIN:
		return text(attr, sum);
	default:
		return missed(sum);
	}
}

static int data(const struct nlattr *attr, void *sum)
{
	switch (mnl_attr_get_type(attr)) {
	case NFTA_DATA_VALUE:
		return binary(attr, sum);
	case NFTA_DATA_VERDICT:
		return nest(attr, verdict, sum);
	default:
		return missed(sum);
	}
}

static int all_be32(const struct nlattr *attr, void *sum)
{
	return be32(attr, sum);
}

static int cmp(const struct nlattr *attr, void *sum)
{
	return mnl_attr_get_type(attr) == NFTA_CMP_DATA ? nest(attr, data, sum) : be32(attr, sum);
}

static int immediate(const struct nlattr *attr, void *sum)
{
	return mnl_attr_get_type(attr) == NFTA_IMMEDIATE_DATA ? nest(attr, data, sum) : be32(attr, sum);
}

static int bitwise(const struct nlattr *attr, void *sum)
{
	switch (mnl_attr_get_type(attr)) {
	case NFTA_BITWISE_MASK:
	case NFTA_BITWISE_XOR:
	case NFTA_BITWISE_DATA:
		return nest(attr, data, sum);
	default:
		return be32(attr, sum);
	}
}

static int counter(const struct nlattr *attr, void *sum)
{
	return mnl_attr_get_type(attr) == NFTA_COUNTER_PAD ? binary(attr, sum) : be64(attr, sum);
}

static int ct(const struct nlattr *attr, void *sum)
{
	return mnl_attr_get_type(attr) == NFTA_CT_DIRECTION ? u8(attr, sum) : be32(attr, sum);
}

static int lookup(const struct nlattr *attr, void *sum)
{
	return mnl_attr_get_type(attr) == NFTA_LOOKUP_SET ? text(attr, sum) : be32(attr, sum);
}

static int log_(const struct nlattr *attr, void *sum)
{
	struct sum *s = sum;

	switch (mnl_attr_get_type(attr)) {
	case NFTA_LOG_PREFIX:
		return text(attr, sum);
	case NFTA_LOG_GROUP:
	case NFTA_LOG_QTHRESHOLD:
		if (mnl_attr_validate(attr, MNL_TYPE_U16) < 0)
			return MNL_CB_ERROR;
		s->total += ntohs(mnl_attr_get_u16(attr));
		return MNL_CB_OK;
	default:
		return be32(attr, sum);
	}
}

static int reject(const struct nlattr *attr, void *sum)
{
	return mnl_attr_get_type(attr) == NFTA_REJECT_ICMP_CODE ? u8(attr, sum) : be32(attr, sum);
}

static const struct {
	const char *name;
	mnl_attr_cb_t cb;
} exprs[] = {
	{ "bitwise", bitwise }, { "cmp", cmp },       { "counter", counter },   { "ct", ct },
	{ "immediate", immediate }, { "log", log_ },  { "lookup", lookup },     { "meta", all_be32 },
	{ "nat", all_be32 },    { "payload", all_be32 }, { "reject", reject },
};

struct expr {
	struct sum *sum;
	mnl_attr_cb_t cb;
};

static int expr_attr(const struct nlattr *attr, void *data)
{
	struct expr *expr = data;

	switch (mnl_attr_get_type(attr)) {
	case NFTA_EXPR_NAME:
		for (size_t i = 0; i < sizeof exprs / sizeof *exprs; i++)
			if (strcmp(exprs[i].name, mnl_attr_get_str(attr)) == 0)
				expr->cb = exprs[i].cb;
		return text(attr, expr->sum);
	case NFTA_EXPR_DATA:
		return expr->cb ? nest(attr, expr->cb, expr->sum) : missed(expr->sum);
	default:
		return missed(expr->sum);
	}
}

static int list(const struct nlattr *attr, void *sum)
{
	struct expr expr = { .sum = sum };

	if (mnl_attr_get_type(attr) != NFTA_LIST_ELEM)
		return missed(sum);
	return mnl_attr_parse_nested(attr, expr_attr, &expr);
}

static int rule_attr(const struct nlattr *attr, void *sum)
{
	switch (mnl_attr_get_type(attr)) {
	case NFTA_RULE_TABLE:
	case NFTA_RULE_CHAIN:
		return text(attr, sum);
	case NFTA_RULE_HANDLE:
	case NFTA_RULE_POSITION:
		return be64(attr, sum);
	case NFTA_RULE_EXPRESSIONS:
		return nest(attr, list, sum);
	case NFTA_RULE_USERDATA:
		return binary(attr, sum);
	default:
		return missed(sum);
	}
}

static int link_msg(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);
	struct sum *sum = data;

	sum->total += nlh->nlmsg_type + ifm->ifi_family + ifm->ifi_type + (int64_t)ifm->ifi_index +
		      ifm->ifi_flags + ifm->ifi_change;
	return mnl_attr_parse(nlh, sizeof *ifm, link_attr, sum);
}

static int addr_msg(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct sum *sum = data;

	sum->total += nlh->nlmsg_type + ifa->ifa_family + ifa->ifa_prefixlen + ifa->ifa_flags + ifa->ifa_scope +
		      ifa->ifa_index;
	return mnl_attr_parse(nlh, sizeof *ifa, addr_attr, sum);
}

static int route_msg(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct sum *sum = data;

	sum->total += nlh->nlmsg_type + rtm->rtm_family + rtm->rtm_dst_len + rtm->rtm_src_len + rtm->rtm_tos +
		      rtm->rtm_table + rtm->rtm_protocol + rtm->rtm_scope + rtm->rtm_type + rtm->rtm_flags;
	return mnl_attr_parse(nlh, sizeof *rtm, route_attr, sum);
}

static int rule_msg(const struct nlmsghdr *nlh, void *data)
{
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
	struct sum *sum = data;

	sum->total += nlh->nlmsg_type + nfg->nfgen_family + nfg->version + ntohs(nfg->res_id);
	return mnl_attr_parse(nlh, sizeof *nfg, rule_attr, sum);
}

// Reads a buffer of messages of one kind: 0 links, 1 addresses, 2 routes, 3 rules.
struct sum bench_mnl_decode(int what, const void *buf, size_t len)
{
	static const mnl_cb_t cbs[] = { link_msg, addr_msg, route_msg, rule_msg };
	struct sum sum = { 0, 0 };

	if (mnl_cb_run(buf, len, 0, 0, cbs[what], &sum) < 0)
		sum.missed++;
	return sum;
}

// Writes "add this route"; returns its length.
size_t bench_mnl_route(void *buf, uint32_t dst, uint8_t dst_len, uint32_t gateway, uint32_t oif, uint32_t priority)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_NEWROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	nlh->nlmsg_seq = 1;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof *rtm);
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = dst_len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_STATIC;
	rtm->rtm_scope = RT_SCOPE_UNIVERSE;
	rtm->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(nlh, RTA_DST, dst);
	mnl_attr_put_u32(nlh, RTA_GATEWAY, gateway);
	mnl_attr_put_u32(nlh, RTA_OIF, oif);
	mnl_attr_put_u32(nlh, RTA_PRIORITY, priority);
	return nlh->nlmsg_len;
}

// Writes "make this veth pair, one end in a bridge, the other in another namespace"; returns its length.
size_t bench_mnl_veth(void *buf, const char *name, const char *peer, uint32_t master, uint32_t netns_fd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *linkinfo, *data, *end;
	struct ifinfomsg *ifm;

	nlh->nlmsg_type = RTM_NEWLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	nlh->nlmsg_seq = 1;
	ifm = mnl_nlmsg_put_extra_header(nlh, sizeof *ifm);
	ifm->ifi_flags = IFF_UP;
	ifm->ifi_change = IFF_UP;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_MASTER, master);
	linkinfo = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	end = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(nlh, sizeof *ifm);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, peer);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, netns_fd);
	mnl_attr_nest_end(nlh, end);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, linkinfo);
	return nlh->nlmsg_len;
}
