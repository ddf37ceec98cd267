# vlan.sh CNI: containers on one bridge, in VLANs: in which VLANs their ports are, who reaches whom, and what DEL leaves.
#   a, b   VLAN 100          g     VLAN 100, with the gateway
#   c      VLAN 200          t     trunk of 100 to 101 and 300, without the default VLAN
# Prints "port NAME VLAN..." as the bridge has it ("p" is the VLAN of untagged frames), "reach FROM TO yes|no", "VERB NAME STATUS".
set -u
export CNI_PATH=$1:/usr/lib/cni CNI_IFNAME=eth0
mount -t tmpfs cni /run && mount -t sysfs cni /sys 2>/dev/null
mkdir -p /run/netns /run/lib && mount --bind /run/lib /var/lib
cd /run || exit

network() { # NAME KEYS RANGE
  echo '{"cniVersion":"1.0.0","name":"'"$1"'","type":"bridge","bridge":"br0"'"$2"',
    "ipam":{"type":"host-local","subnet":"10.1.0.0/24","rangeStart":"10.1.0.'"$3"'"}}'
}
declare -A config=(
  [a]=$(network n100 ',"vlan":100' 10) [b]=$(network n100 ',"vlan":100,"preserveDefaultVlan":false' 10)
  [c]=$(network n200 ',"vlan":200,"preserveDefaultVlan":false' 20)
  [g]=$(network g100 ',"vlan":100,"isGateway":true' 30)
  [t]='{"cniVersion":"1.0.0","name":"trunk","type":"bridge","bridge":"br0","preserveDefaultVlan":false,
    "vlanTrunk":[{"minID":100,"maxID":101},{"id":300}]}'
)
declare -A address port
call() { # VERB NAME [RESULT]
  CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 timeout 60 "${CNI_PATH%%:*}/bridge" \
    <<<"$(jq -c --argjson prev "${3:-null}" 'if $prev then . + {prevResult: $prev} else . end' <<<"${config[$2]}")" >out 2>err
  local status=$?
  echo "$1 $2 $status"
  ((status == 0)) || cat out err
}
# it does not filter yet
ip link add br0 type bridge && ip link set br0 up
for name in a b c g t; do
  ip netns add $name
  call ADD $name
  address[$name]=$(jq -r '.ips[0].address // "" | sub("/.*"; "")' out)
  port[$name]=$(jq -r '.interfaces[1].name' out)
  call CHECK $name "$(<out)"
done
for name in a b c g t; do
  echo "port $name $(bridge -j vlan show dev "${port[$name]}" |
    jq -r '[.[0].vlans[] | (.vlan | tostring) + (if .vlanEnd then "-\(.vlanEnd)" else "" end) + (if .flags // [] | index("PVID") then "p" else "" end)] | join(" ")')"
done
echo "port br0.100 $(bridge -j vlan show | jq -r --argjson known "$(printf '%s\n' "${port[@]}" br0 | jq -R . | jq -s .)" \
  '[.[] | select(.ifname as $name | $known | index($name) | not) | .vlans[] | (.vlan | tostring) + (if .flags // [] | index("PVID") then "p" else "" end)] | join(" ")')"

# the trunk's own interfaces, one in the trunk and one that is not
for vid in 100 200; do
  ip -n t link add link eth0 name v$vid type vlan id $vid
  ip -n t addr add 10.1.0.$((vid / 10 + 50))/24 dev v$vid
done
reach() { # FROM TO ADDRESS [DEVICE]
  local answer=no
  ip netns exec "$1" ping -n -q -c 1 -W 2 ${4:+-I "$4"} "$3" >/dev/null 2>&1 && answer=yes
  echo "reach $1 $2 $answer"
}
reach a b "${address[b]}"
reach a c "${address[c]}"
reach c b "${address[b]}"
reach g a "${address[a]}"
reach a gateway 10.1.0.1
reach c gateway 10.1.0.1
ip -n t link set v100 up
reach t a "${address[a]}" v100
ip -n t link set v100 down && ip -n t link set v200 up
reach t c "${address[c]}" v200
for name in a b c g t; do call DEL $name; done
echo "left $(bridge -j link | jq -r '[.[] | select(.master == "br0")] | length')"
