# works.sh CNI: what a network does with packets, and what CHECK misses when it is gone. Prints what is wrong, and "done" in the end.
set -u
cni=$1
mount -t tmpfs cni /run && mount -t sysfs cni /sys 2>/dev/null
mkdir -p /run/netns /run/lib && mount --bind /run/lib /var/lib
cd /run || exit
export CNI_PATH=$cni CNI_IFNAME=eth0 CNI_ARGS=''
command -v ping >/dev/null || { echo 'left out: no ping on this machine'; echo done; exit; }
net='{"cniVersion":"1.1.0","name":"n","type":"bridge","bridge":"br0","isDefaultGateway":true,"ipMasq":true,"macspoofchk":true,"ipam":{"type":"host-local","ranges":[[{"subnet":"10.1.0.0/24"}],[{"subnet":"fd00:1::/64"}]]}}'
call() { CNI_COMMAND=$1 CNI_CONTAINERID=c$2 CNI_NETNS=/run/netns/$2 timeout 60 "$cni/bridge" <<<"${3-$net}" >$1.$2 2>$1.$2.err; }
ip link set lo up
for name in a b; do ip netns add $name; done
# a router that does not know the way back
ip netns add uplink; ip link add up0 type veth peer name eth0 netns uplink
ip addr add 192.168.2.101/24 dev up0; ip addr add fd00:2::101/64 dev up0 nodad; ip link set up0 up
ip -n uplink addr add 192.168.2.1/24 dev eth0; ip -n uplink addr add fd00:2::1/64 dev eth0 nodad; ip -n uplink link set eth0 up

reaches() { ip netns exec $1 ping -c1 -W${3-5} -q "$2" >/dev/null 2>&1; }
for name in a b; do call ADD $name || echo "ADD $name: $(cat ADD.$name)"; done
[[ ! -s ADD.a.err ]] || echo "ADD warns without a reason: $(cat ADD.a.err)"
reaches a 10.1.0.3 || echo "a does not reach b"
reaches a fd00:1::3 || echo "a does not reach b over IPv6"
reaches a 192.168.2.1 || echo "a is not masqueraded"
reaches a fd00:2::1 || echo "a is not masqueraded over IPv6"

# a sender that is not the container
mac=$(ip -n a -j link show eth0 | jq -r '.[0].address')
ip -n a link set eth0 address 02:de:ad:be:ef:01; ip -n a neigh flush all
! reaches a 10.1.0.1 1 || echo "a false sender is heard"
ip -n a link set eth0 address "$mac"
reaches a 10.1.0.1 || echo "the right sender is not heard"

# CHECK misses what is gone
prev=$(jq -c --slurpfile prev ADD.a '. + {prevResult: $prev[0]}' <<<"$net")
call CHECK a "$prev" || echo "CHECK: $(cat CHECK.a)"
misses() { # WHAT SAYS BREAK MEND
  eval "$3"
  if call CHECK a "$prev"; then echo "CHECK does not miss $1"; else grep -qF -- "$2" CHECK.a || echo "CHECK of $1 says: $(tr -d '\n' <CHECK.a)"; fi
  eval "$4"
  call CHECK a "$prev" || echo "after $1 CHECK says: $(tr -d '\n' <CHECK.a)"
}
port=$(jq -r '.interfaces[1].name' ADD.a)
misses 'the bridge is down' 'bridge br0 is down' 'ip link set br0 down' 'ip link set br0 up; ip addr add fd00:1::1/64 dev br0 nodad'
misses "the gateway's address" '10.1.0.1/24' 'ip addr del 10.1.0.1/24 dev br0' 'ip addr add 10.1.0.1/24 dev br0'
misses "the gateway's IPv6 address" 'fd00:1::1/64' 'ip addr del fd00:1::1/64 dev br0' 'ip addr add fd00:1::1/64 dev br0 nodad'
misses 'forwarding' 'ip_forward is 0' 'echo 0 >/proc/sys/net/ipv4/ip_forward' 'echo 1 >/proc/sys/net/ipv4/ip_forward'
misses 'IPv6 forwarding' 'forwarding is 0' 'echo 0 >/proc/sys/net/ipv6/conf/all/forwarding' 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
misses 'the port' 'not connected to bridge' "ip link set $port nomaster" "ip link set $port master br0"
misses 'the port is down' "$port is down" "ip link set $port down" "ip link set $port up; for _ in {1..50}; do ip link show $port | grep -q LOWER_UP && break; sleep 0.1; done"
misses "the container's interface" 'is down' 'ip -n a link set eth0 down' 'ip -n a link set eth0 up; ip -n a route add default via 10.1.0.1; ip -n a addr replace fd00:1::2/64 dev eth0 nodad; ip -n a route add default via fd00:1::1'
misses 'an address' '10.1.0.2/24' 'ip -n a addr del 10.1.0.2/24 dev eth0' 'ip -n a addr add 10.1.0.2/24 dev eth0; ip -n a route add default via 10.1.0.1'
misses 'a route' '0.0.0.0/0 via 10.1.0.1' 'ip -n a route del default' 'ip -n a route add default via 10.1.0.1'
misses 'the rule that masquerades' 'masquerades' 'nft flush chain inet barelink_cni postrouting' 'call DEL b; call ADD b'
misses 'a subnet that is masqueraded' 'subnet' 'nft flush set inet barelink_cni v4-n' 'call DEL b; call ADD b'
misses 'the accept' 'accept' 'nft flush chain inet barelink_cni forward' 'call DEL b; call ADD b'
misses 'a lease' '' 'mv /var/lib/cni/networks/n/10.1.0.2 lease' 'mv lease /var/lib/cni/networks/n/10.1.0.2'
reaches a 192.168.2.1 || echo "a is not masqueraded any more"

# a chain of others that drops what ours accept: Docker's
nft 'add table ip filter; add chain ip filter DOCKER-USER; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; };
  add rule ip filter FORWARD counter jump DOCKER-USER; add rule ip filter DOCKER-USER counter return; add rule ip filter FORWARD oifname "docker0" counter accept'
! reaches a 192.168.2.1 1 || echo "Docker's policy does not drop"
call CHECK a "$prev" && echo "CHECK does not see that Docker drops"
grep -q 'chain FORWARD of table ip filter drops by policy' CHECK.a || echo "CHECK with Docker says: $(tr -d '\n' <CHECK.a)"
call DEL b; call ADD b || echo "ADD with Docker: $(cat ADD.b)"
grep -q 'warning: chain FORWARD of table ip filter drops by policy' ADD.b.err || echo "ADD with Docker warns: $(cat ADD.b.err)"
jq -e '.ips[0].address' ADD.b >/dev/null || echo "the result of ADD with Docker: $(cat ADD.b)"
# what it says is to be done helps
for rule in 'iifname' 'oifname'; do eval "$(grep -o "nft insert rule ip filter DOCKER-USER $rule br0 accept" ADD.b.err || echo "echo no advice for $rule")"; done
reaches a 192.168.2.1 || echo "the advice does not help"
call CHECK a "$prev" || echo "CHECK after the advice: $(tr -d '\n' <CHECK.a)"
nft delete table ip filter
# iptables as it was before nf_tables, where there are kernel and tool; in a user namespace nobody can read whether it has tables
iptables-legacy -P FORWARD ACCEPT 2>/dev/null
if [[ -r /proc/thread-self/net/ip_tables_names ]] && iptables-legacy -P FORWARD DROP 2>/dev/null; then
  ! reaches a 192.168.2.1 1 || echo "iptables-legacy does not drop"
  call CHECK a "$prev" && echo "CHECK does not see that iptables-legacy drops"
  call DEL b; call ADD b || echo "ADD with iptables-legacy: $(cat ADD.b)"
  grep -q 'warning: chain FORWARD of table ip filter (iptables-legacy) drops by policy' ADD.b.err || echo "ADD with iptables-legacy warns: $(cat ADD.b.err)"
  for key in in out; do eval "$(grep -o "iptables-legacy -I FORWARD --$key-interface br0 -j ACCEPT" ADD.b.err || echo "echo no advice for $key")"; done
  reaches a 192.168.2.1 || echo "the advice for iptables-legacy does not help"
  call CHECK a "$prev" || echo "CHECK after the advice for iptables-legacy: $(tr -d '\n' <CHECK.a)"
  iptables-legacy -F FORWARD; iptables-legacy -A FORWARD -i docker0 -j ACCEPT
  call CHECK a "$prev" && echo "CHECK takes the accept for docker0 for one of its own"
  iptables-legacy -F FORWARD; iptables-legacy -A FORWARD -s 10.1.0.0/24 -j ACCEPT
  call CHECK a "$prev" || echo "CHECK does not see the accept for the subnet: $(tr -d '\n' <CHECK.a)"
  iptables-legacy -F FORWARD; iptables-legacy -P FORWARD ACCEPT
  ip6tables-legacy -P FORWARD DROP
  call CHECK a "$prev" && echo "CHECK does not see that ip6tables-legacy drops"
  grep -q 'table ip6 filter (iptables-legacy)' CHECK.a || echo "CHECK with ip6tables-legacy says: $(tr -d '\n' <CHECK.a)"
  ip6tables-legacy -P FORWARD ACCEPT
fi
nft flush ruleset
call DEL b; call ADD b || echo "ADD after a flush: $(cat ADD.b)"
reaches b 192.168.2.1 || echo "b is not masqueraded after a flush"

# a network that grows around its old subnet
bigger=${net//10.1.0.0\/24/10.1.0.0\/16}; bigger=${bigger/\"ipMasq/\"forceAddress\":true,\"ipMasq}
call DEL b "$bigger"; call ADD b "$bigger" || echo "ADD with a bigger subnet fails: $(cat ADD.b)"
nft list set inet barelink_cni v4-n | grep -qF '10.1.0.0/16' || echo "the bigger subnet is not masqueraded: $(nft list set inet barelink_cni v4-n)"

# STATUS, and nothing is left
call STATUS a || echo "STATUS: $(cat STATUS.a)"
for name in a b; do call DEL $name || echo "DEL: $(cat DEL.$name)"; done
[[ -z $(ip -o link | grep veth | grep -v up0) ]] || echo "veths are left: $(ip -o link)"
! nft list table bridge barelink_cni | grep elements || echo "senders are left"

# a route's own mtu and advmss, table and metric
routes='{"cniVersion":"1.1.0","name":"r","type":"bridge","bridge":"br1","ipam":{"type":"host-local","subnet":"10.3.0.0/24","routes":[{"dst":"1.2.3.0/24","mtu":1300,"advmss":1200,"priority":7},{"dst":"5.6.0.0/16","table":300},{"dst":"7.0.0.0/8","scope":253,"gw":"10.3.0.9"}]}}'
call ADD a "${routes/,\"scope\":253,\"gw\":\"10.3.0.9\"/}" || echo "ADD with routes: $(cat ADD.a)"
ip -n a route show 1.2.3.0/24 | grep -q 'metric 7 mtu 1300 advmss 1200' || echo "a route lacks what it should have: $(ip -n a route)"
ip -n a route show table 300 | grep -q '^5.6.0.0/16 via 10.3.0.1' || echo "a route is not in its table"
jq -e '.routes[0].mtu == 1300 and .routes[1].table == 300' ADD.a >/dev/null || echo "the result does not have what the routes have: $(cat ADD.a)"
prev=$(jq -c --slurpfile prev ADD.a '. + {prevResult: $prev[0]}' <<<"${routes/,\"scope\":253,\"gw\":\"10.3.0.9\"/}")
call CHECK a "$prev" || echo "CHECK with routes: $(cat CHECK.a)"
call DEL a "$routes"

# isolated ports, an interface that stays down, duplicate address detection that is waited for
call ADD a '{"cniVersion":"1.1.0","name":"i","type":"bridge","bridge":"br2","portIsolation":true}' || echo "portIsolation: $(cat ADD.a)"
bridge -j -d link show dev "$(jq -r '.interfaces[1].name' ADD.a)" | jq -e '.[0].isolated' >/dev/null || echo "the port is not isolated"
jq -e '.interfaces[2].mtu == 1500' ADD.a >/dev/null || echo "the result lacks the MTU"
call DEL a '{"cniVersion":"1.1.0","name":"i","type":"bridge","bridge":"br2"}'
call ADD a '{"cniVersion":"1.1.0","name":"i","type":"bridge","bridge":"br2","disableContainerInterface":true}' || echo "disableContainerInterface: $(cat ADD.a)"
ip -n a -j link show eth0 | jq -e '.[0].flags | index("UP") | not' >/dev/null || echo "the interface is up"
call DEL a '{"cniVersion":"1.1.0","name":"i","type":"bridge","bridge":"br2"}'
call ADD a '{"cniVersion":"1.1.0","name":"d","type":"bridge","bridge":"br3","enabledad":true,"ipam":{"type":"host-local","ranges":[[{"subnet":"fd00:3::/64"}]]}}' || echo "enabledad: $(cat ADD.a)"
ip -n a -6 addr show dev eth0 | grep -q 'fd00:3::2/64 scope global $' || echo "the address is not there yet: $(ip -n a -6 addr show dev eth0)"
call DEL a '{"cniVersion":"1.1.0","name":"d","type":"bridge","bridge":"br3","ipam":{"type":"host-local","ranges":[[{"subnet":"fd00:3::/64"}]]}}'
# a gateway that is reached over a route of its own
if [[ -x /usr/lib/cni/static ]]; then
  behind='{"cniVersion":"1.0.0","name":"s","type":"bridge","bridge":"br5","ipam":{"type":"static","addresses":[{"address":"10.5.0.5/32"}],"routes":[{"dst":"169.254.1.1/32"},{"dst":"0.0.0.0/0","gw":"169.254.1.1"}]}}'
  CNI_PATH=$cni:/usr/lib/cni call ADD a "$behind" || echo "ADD with a gateway behind a route: $(cat ADD.a)"
  ip -n a route show default | grep -q 'via 169.254.1.1' || echo "there is no route over it: $(ip -n a route)"
  CNI_PATH=$cni:/usr/lib/cni call DEL a "$behind"
fi
# a pool that is full says so
full='{"cniVersion":"1.1.0","name":"f","type":"bridge","bridge":"br4","ipam":{"type":"host-local","subnet":"10.4.0.0/30"}}'
call ADD a "$full" || echo "ADD to the last address: $(cat ADD.a)"
call STATUS a "$full" && echo "STATUS does not see that the pool is full"
grep -q '"code": 50' STATUS.a || echo "STATUS of a full pool: $(cat STATUS.a)"
call DEL a "$full"
echo done
