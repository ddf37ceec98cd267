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
leases() { for file in /var/lib/cni/networks/*/*; do [[ ! -f $file || $file == */lock || $file == */last_reserved_ip.* ]] || echo "$file $(<"$file")"; done; }
# What there is, a line each: what belongs to the container (nothing of it may be left after DEL), to the firewall of the
# network, and to the network.
look() {
  {
    printf '== host\n'
    ip -o -b - <<<$'link\naddr'
    printf '== a\n'
    ip -n a -o link 2>/dev/null
    printf '\n== leases\n'
    leases
    printf '== forwarding %s %s\n' "$(</proc/sys/net/ipv4/ip_forward)" "$(</proc/sys/net/ipv6/conf/all/forwarding)"
    nft list ruleset
  } | tr -d '\r' | awk '
    /^==/ { part = $2; if (part == "forwarding") print "network: " $0; next }
    !NF { next }
    part == "a" { if ($2 != "lo:") print "container: " $0; next }
    part == "leases" { print "container: " $0; next }
    part == "forwarding" {
      if (/^table/) table = $2 " " $3
      if (table == "inet barelink_cni") print "firewall: " $0
      if (table == "bridge barelink_cni" && /elements/) print "container: " $0
      next
    }
    match($0, /veth[0-9a-z]*/) { print "container: " substr($0, RSTART, RLENGTH) }
    / inet6 fe80/ { next }
    {
      sub(/^[0-9]+: /, ""); sub(/(qlen|link\/ether) .*/, ""); sub(/@if[0-9]+/, ""); gsub(/LOWER_UP|NO-CARRIER/, "")
      gsub(/,,+/, ","); gsub(/<,+/, "<"); gsub(/,+>/, ">"); sub(/state [A-Z]+/, ""); gsub(/ (nodad|tentative)/, ""); gsub(/ +/, " ")
      print "network: " $0
    }'
}
reset() {
  local name
  for name in $(ip -o link | grep -o 'veth[0-9a-z]*'); do ip link del "$name" 2>/dev/null; done
  ip -n a link del eth0 2>/dev/null
  without_network
}
# that the container has nothing left has been seen
without_network() {
  ip link del cni0 2>/dev/null
  nft flush ruleset
  echo 0 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
  rm -rf /var/lib/cni /run/barelink-cni.lock
}
torn=0
say() { torn=1; echo "torn $name $n: $*"; }
# none WHAT...: nothing of it is there
none() { [[ ! $seen =~ (^|$'\n')($1): ]] || say "$2: $(grep -E "^($1):" <<<"$seen" | head -3 | tr '\n' ' ')"; }

old=$(look)
[[ $verb != DEL ]] || call ADD || { echo "torn: ADD does not work: $(cat out)"; exit; }
CNI_COMMAND=$verb strace -f -qqq -o calls "$plugin" <<<"$config" >out 2>&1 || { echo "torn: $verb does not work: $(cat out)"; exit; }
call DEL; reset
[[ $(look) == "$old" ]] || { echo "torn: the reset does not bring the old state back"; exit; }

faults=0
while read -r name from count; do
  for ((n = from; n <= count; n++)); do
    [[ $verb != DEL ]] || call ADD || { say "ADD before: $(cat out)"; reset; continue; }
    CNI_COMMAND=$verb timeout 60 strace -f -qqq -o trace -e trace="$name" -e inject="$name:$fault:when=$n" "$plugin" <<<"$config" >out 2>err
    status=$?
    grep -q 'INJECTED\|killed by SIGKILL' trace || { call DEL; reset; continue; }
    faults=$((faults + 1))
    torn=0
    if [[ $verb == ADD && $status != 0 && $fault == error* ]]; then
      said=$(tr -d '\n' <out | cut -c1-200)
      seen=$(look)
      # a result that cannot be said is taken back by DEL, which leaves what is the network's
      if [[ $name == write && ! $said =~ code.*[1-9] || $said =~ standard\ output ]]; then
        none container 'ADD could not say its result, and left'
      else
        [[ $seen == "$old" ]] || say "ADD failed ($said), and left: $(diff <(echo "$old") <(echo "$seen") | grep '^[<>]' | head -3 | tr '\n' ' ')"
      fi
    fi
    case $((faults % 3)) in
      0) call DEL || say "DEL: $(cat out)" ;;
      1) CNI_NETNS='' call DEL || say "DEL without a namespace: $(cat out)" ;;
      2) CNI_NETNS=/run/netns/none call DEL || say "DEL with a namespace that is gone: $(cat out)" ;;
    esac
    seen=$(look); none container 'left after DEL'
    call GC "$gone" || say "GC: $(cat out)"
    seen=$(look); none 'container|firewall' 'left after GC'
    call ADD || say "not again: $(cat out)"
    call DEL; seen=$(look); none container 'left in the end'
    if ((torn)); then reset; else without_network; fi
  done
done < <(awk '$2 ~ /^[a-z0-9_]+\(/ { call = $2; sub(/\(.*/, "", call); calls[call]++
      # what the program loader does is the same for every program
      if (!begun) before[call]++; if ($2 ~ /^read\(0/) begun = 1 }
  END { for (call in calls) if (call != "exit_group" && calls[call] > before[call]) print call, before[call] + 1, calls[call] }' calls) 2>/dev/null
echo "faults $faults"
