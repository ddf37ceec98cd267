# bad.sh CNI PLAN: runs what cannot work, line by line of PLAN: PLUGIN<tab>VERB<tab>VARIABLES<tab>CONFIG, where VARIABLES are words of
# `env` and CONFIG is what `printf %b` makes of it. There is a namespace a, in which a container is attached as eth0 already,
# a namespace b, and a bridge br0 with a foreign address.
# Prints for each "@ STATUS" and what it printed, and "changed: WHAT" if something is not as before.
set -u
cni=$1 plan=$2
mount -t tmpfs cni /run && mount -t sysfs cni /sys 2>/dev/null
mkdir -p /run/netns /run/lib && mount --bind /run/lib /var/lib
cd /run || exit
echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
ip netns add a; ip netns add b; echo text >/run/file; ln -s /run/netns/b /run/link
ip link add br0 type bridge; ip addr add 10.77.0.1/24 dev br0; ip link add wrong type veth peer name other
export CNI_PATH=$cni CNI_NETNS=/run/netns/a CNI_IFNAME=eth0 CNI_CONTAINERID=ca CNI_ARGS=''
CNI_COMMAND=ADD "$cni/bridge" <<<'{"cniVersion":"1.0.0","name":"there","type":"bridge","bridge":"cni9","isGateway":true,"ipMasq":true,"ipam":{"type":"host-local","subnet":"10.9.0.0/24"}}' >/dev/null || exit
CNI_NETNS=/run/netns/b CNI_CONTAINERID=cb
everything() {
  ip -d link; ip addr; ip route show table all; nft list ruleset
  for name in a b; do ip -n $name -d link; ip -n $name addr; ip -n $name route; done
  find /run /tmp/passwd -type f ! -name lock ! -name '*.lock' ! -name 'last_reserved_ip.*' ! -name .index ! -name out ! -name now ! -name before -exec sha1sum {} + 2>/dev/null | sort
}
timeless() { sed -E 's/(hello|tcn|topology_change|gc|hold|message_age|forward_delay)_timer +[0-9.]+//g'; }
for _ in {1..20}; do everything | timeless >now; cmp -s now before && break; cp now before; sleep 0.1; done
while IFS=$'\t' read -r plugin verb variables config; do
  eval "words=($variables)"
  printf %b "$config" | env CNI_COMMAND="$verb" "${words[@]}" timeout 60 "$cni/$plugin" >out 2>&1
  echo "@ $?"
  cat out; echo
  everything | timeless >now
  cmp -s now before || { echo "changed: $(diff before now | head -5 | tr '\n' ' ')"; cp now before; }
done <"$plan"
