# many.sh CNI COUNT: attaches and detaches COUNT containers at once, on bridges that are not there yet. Prints what is wrong, and "done" in the end.
set -u
cni=$1 count=$2
mount -t tmpfs cni /run && mount -t sysfs cni /sys 2>/dev/null
mkdir -p /run/netns /run/lib /run/out && mount --bind /run/lib /var/lib
cd /run || exit
export CNI_PATH=$cni CNI_IFNAME=eth0 CNI_ARGS=''
of() { echo '{"cniVersion":"1.1.0","name":"'$1'","type":"bridge","bridge":"'$2'","isDefaultGateway":true,"ipMasq":true,"macspoofchk":true,"ipam":{"type":"host-local","ranges":[[{"subnet":"'$3'"}],[{"subnet":"'$4'"}]]}}'; }
one=$(of one br1 10.1.0.0/24 fd00:1::/64) two=$(of two br2 10.2.0.0/24 fd00:2::/64)
call() { CNI_COMMAND=$1 CNI_CONTAINERID=c$2 CNI_NETNS=/run/netns/n$2 timeout 120 "$cni/bridge" <<<"$3" >out/$1.$2 2>out/err.$2; }
for ((i = 1; i <= count; i++)); do ip netns add n$i; done

# all at once on one network that has no bridge yet
for ((i = 1; i <= count; i++)); do { call ADD $i "$one" || echo "ADD $i: $(tr -d '\n' <out/ADD.$i)"; } & done; wait
addresses=$(jq -r '.ips[].address' out/ADD.* | sort | uniq | wc -l)
((addresses == 2 * count)) || echo "$addresses addresses for $count containers"
[[ $(jq -r '.interfaces[0].mac' out/ADD.* | sort -u) == "$(</sys/class/net/br1/address)" ]] || echo "results name several bridges"
ports=$(ls /sys/class/net/br1/brif | wc -l)
((ports == count)) || echo "$ports ports for $count containers"
[[ $(nft list table inet barelink_cni | grep -c 'masquerade') == 2 ]] || echo "rules: $(nft list table inet barelink_cni)"
[[ $(nft list table bridge barelink_cni | grep -o '"veth[a-z0-9]*" \. ' | sort -u | wc -l) == "$count" ]] || echo "not all senders are known"
for i in 1 $((count / 2)) $count; do
  prev=$(jq -c --slurpfile prev out/ADD.$i '. + {prevResult: $prev[0]}' <<<"$one")
  call CHECK $i "$prev" || echo "CHECK $i: $(tr -d '\n' <out/CHECK.$i)"
done
if command -v ping >/dev/null; then
  for i in 2 $count; do
    ip netns exec n1 ping -c1 -W5 -q "$(jq -r '.ips[0].address | sub("/.*"; "")' out/ADD.$i)" >/dev/null || echo "container 1 does not reach $i"
  done
fi

# some go while others come, on two networks
rm out/*
for ((i = 1; i <= count; i++)); do
  if ((i % 2)); then { call DEL $i "$one" || echo "DEL $i: $(tr -d '\n' <out/DEL.$i)"; } &
  else { CNI_IFNAME=eth1 call ADD $i "$two" || echo "ADD $i to two: $(tr -d '\n' <out/ADD.$i)"; } & fi
done; wait
ports=$(ls /sys/class/net/br1/brif | wc -l) others=$(ls /sys/class/net/br2/brif | wc -l)
((ports == count / 2 && others == count / 2)) || echo "$ports and $others ports are left, not $((count / 2)) each"

# half of the rest is forgotten: GC of a list keeps what is in it
valid=$(for ((i = 4; i <= count; i += 4)); do echo '{"containerID":"c'$i'","ifname":"eth0"}'; done | jq -cs .)
call GC 0 "$(jq -c --argjson valid "$valid" '. + {"cni.dev/valid-attachments": $valid}' <<<"$one")" || echo "GC: $(tr -d '\n' <out/GC.0)"
ports=$(ls /sys/class/net/br1/brif | wc -l) leases=$(ls /var/lib/cni/networks/one | grep -c '^10\.')
((ports == count / 4 && leases == count / 4)) || echo "after GC $ports ports and $leases leases, not $((count / 4))"
(($(ls /sys/class/net/br2/brif | wc -l) == count / 2)) || echo "GC of one network has touched the other"
call GC 0 "$one" || echo "GC without a list"
(($(ls /sys/class/net/br1/brif | wc -l) == count / 4)) || echo "GC without a list has touched something"
for net in "$one" "$two"; do call GC 0 "$(jq -c '. + {"cni.dev/valid-attachments": []}' <<<"$net")" || echo "GC: $(tr -d '\n' <out/GC.0)"; done
left=$(ls /sys/class/net/br1/brif /sys/class/net/br2/brif | grep -c veth; ls /var/lib/cni/networks/* | grep -c '^[0-9f]'; nft list ruleset | grep -c 'masq\|elements')
[[ $left == $'0\n0\n0' ]] || echo "left in the end: $left"
echo done
