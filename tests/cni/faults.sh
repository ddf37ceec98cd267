# faults.sh CNI CONFIG VERB FAULT: makes each system call of VERB (ADD or DEL) of a network's plugin fail once, with FAULT, and
# looks at what is left.
#   FAULT   error=EIO, signal=SIGKILL
# After an ADD that fails, host, namespace, bridge, firewall and leases are as they were. After any fault, DEL leaves nothing of
# the container (with its namespace, without it, and without a result in turn), GC leaves nothing of the network's firewall, and
# the container can be attached and detached again.
# Prints "faults N", and "torn CALL N: WHAT" for each that does not hold.
set -u
export CNI_PATH=$1 CNI_ARGS='' CNI_IFNAME=eth0 CNI_CONTAINERID=ca CNI_NETNS=/run/netns/a
config=$2 verb=$3 fault=$4
plugin=$CNI_PATH/$(jq -r .type <<<"$config")
gone=$(jq -c '. + {"cni.dev/valid-attachments": []}' <<<"$config")

mount -t tmpfs cni /run && mount -t sysfs cni /sys 2>/dev/null
mkdir -p /run/netns /run/lib && mount --bind /run/lib /var/lib
cd /run || exit
echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
ip netns add a
nsenter --net=/run/netns/a bash -c 'echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad'
# a second name for the namespace: it lives on where the plugin is told that it is gone
mkdir /run/other && touch /run/other/a && mount --bind /run/netns/a /run/other/a

call() { CNI_COMMAND=$1 timeout 60 "$plugin" <<<"${2:-$config}" >out 2>&1; }
leases() { for file in /var/lib/cni/networks/*/*; do [[ -f $file && $file != */lock && $file != */last_reserved_ip.* ]] && echo "$file $(tr -d '\r\n' <"$file")"; done; }
# what belongs to the container: nothing of it may be left after DEL
container() {
  ip -o link | grep -o 'veth[0-9a-z]*'
  ip -n a -o link 2>/dev/null | grep -v ': lo:'
  leases
  nft list table bridge barelink_cni 2>/dev/null | grep elements
}
# and what belongs to the network
everything() {
  container
  ip -o link | sed -E 's/^[0-9]+: //; s/(qlen|link\/ether) .*//; s/@if[0-9]+//; s/,?(LOWER_UP|NO-CARRIER),?/,/g; s/state [A-Z]+//; s/<,*/</'
  ip -o addr | grep -v 'inet6 fe80' | sed -E 's/^[0-9]+: //; s/ (nodad|tentative)//g; s/ +/ /g'
  cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding
  nft list table inet barelink_cni 2>/dev/null
}
reset() {
  local name
  for name in $(ip -o link | grep -o 'veth[0-9a-z]*'); do ip link del "$name" 2>/dev/null; done
  ip -n a link del eth0 2>/dev/null
  ip link del cni0 2>/dev/null
  nft flush ruleset
  echo 0 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
  rm -rf /var/lib/cni /run/barelink-cni.lock
}
say() { echo "torn $name $n: $*"; }
same() { [[ $2 == "$3" ]] || say "$1: $(diff <(echo "$2") <(echo "$3") | grep '^[<>]' | head -3 | tr '\n' ' ')"; }

old=$(everything)
[[ $verb != DEL ]] || call ADD || { echo "torn: ADD does not work: $(cat out)"; exit; }
CNI_COMMAND=$verb strace -f -qqq -o calls "$plugin" <<<"$config" >out 2>&1 || { echo "torn: $verb does not work: $(cat out)"; exit; }
call DEL; reset
[[ $(everything) == "$old" ]] || { echo "torn: the reset does not bring the old state back"; exit; }

faults=0
while read -r name from count; do
  for ((n = from; n <= count; n++)); do
    [[ $verb != DEL ]] || call ADD || { say "ADD before: $(cat out)"; reset; continue; }
    CNI_COMMAND=$verb timeout 60 strace -f -qqq -o trace -e trace="$name" -e inject="$name:$fault:when=$n" "$plugin" <<<"$config" >out 2>err
    status=$?
    grep -q 'INJECTED\|killed by SIGKILL' trace || { call DEL; reset; continue; }
    faults=$((faults + 1))
    if [[ $verb == ADD && $status != 0 && $fault == error* ]]; then
      said=$(tr -d '\n' <out | cut -c1-200)
      # a result that cannot be said is taken back by DEL, which leaves what is the network's
      if [[ $name == write && ! $said =~ code.*[1-9] || $said =~ standard\ output ]]; then
        same "ADD could not say its result, and left" "" "$(container)"
      else
        same "ADD failed ($said), and left" "$old" "$(everything)"
      fi
    fi
    case $((faults % 3)) in
      0) call DEL || say "DEL: $(cat out)" ;;
      1) CNI_NETNS='' call DEL || say "DEL without a namespace: $(cat out)" ;;
      2) CNI_NETNS=/run/netns/none call DEL || say "DEL with a namespace that is gone: $(cat out)" ;;
    esac
    same "left after DEL" "" "$(container)"
    call GC "$gone" || say "GC: $(cat out)"
    same "left after GC" "" "$(container; nft list table inet barelink_cni 2>/dev/null)"
    call ADD || say "not again: $(cat out)"
    call DEL; same "left in the end" "" "$(container)"
    reset
  done
done < <(awk '$2 ~ /^[a-z0-9_]+\(/ { call = $2; sub(/\(.*/, "", call); calls[call]++
      # what the program loader does is the same for every program
      if (!begun) before[call]++; if ($2 ~ /^read\(0/) begun = 1 }
  END { for (call in calls) if (call != "exit_group" && calls[call] > before[call]) print call, before[call] + 1, calls[call] }' calls) 2>/dev/null
echo "faults $faults"
