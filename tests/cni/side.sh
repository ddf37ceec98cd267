# side.sh CNI CONFIG ARGS SETUP CHECK: one network on one side of a twin. Two containers are attached, checked and
# detached with the plugins in folder CNI; after each step the state is printed.
#   CONFIG   the network's configuration; the program that runs is its `type`
#   ARGS     CNI_ARGS
#   SETUP    runs before with the tools of the machine; namespaces a and b are there
#   CHECK    "yes": CHECK is tried, with the result of ADD
# Prints "@ STEP STATUS" before what each step printed, "@ state" before each state: lines "KIND NAME JSON".
set -u
export CNI_PATH=$1:/usr/lib/cni CNI_ARGS=$3 CNI_IFNAME=eth0
config=$2 setup=$4 check=$5
plugin=$1/$(jq -r .type <<<"$config")

mount -t tmpfs cni /run && mount -t sysfs cni /sys 2>/dev/null
mkdir -p /run/netns /run/lib && mount --bind /run/lib /var/lib
cd /run || exit
# what the kernel does in its own time would be in the one state and not in the other
quiet='echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad; echo 0 >/proc/sys/net/ipv6/conf/default/router_solicitations'
eval "$quiet"
for name in a b; do ip netns add $name && nsenter --net=/run/netns/$name bash -c "$quiet"; done
eval "$setup" >&2 || exit

settings() {
  local file value
  for file in /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding /proc/sys/net/ipv6/conf/*/{accept_ra,accept_dad,disable_ipv6} /proc/sys/net/ipv4/conf/*/arp_notify; do
    read -r value <$file && echo "setting ${file#/proc/sys/net/} \"$value\""
  done
}
export -f settings
of_namespace() {
  echo "link $1 $(ip -j -d link)"
  echo "addr $1 $(ip -j addr)"
  echo "route4 $1 $(ip -j -d -4 route show table all)"
  echo "route6 $1 $(ip -j -d -6 route show table all)"
  echo "port $1 $(bridge -j -d link)"
  echo "vlan $1 $(bridge -j vlan show)"
  settings
}
export -f of_namespace
leases() {
  local file text
  for file in /var/lib/cni/networks/*/*; do
    # where the search goes on, and the lock, are no leases
    [[ -f $file && $file != */lock && $file != */last_reserved_ip.* ]] || continue
    IFS= read -rd '' text <"$file"
    text=${text//\\/\\\\} text=${text//\"/\\\"} text=${text//$'\r'/\\r} text=${text//$'\n'/\\n}
    echo "lease ${file#/var/lib/cni/networks/} \"$text\""
  done
}
everything() {
  of_namespace host
  for name in a b; do echo "namespace $name \"\""; nsenter --net=/run/netns/$name bash -c "of_namespace $name"; done
  leases
}
# until nothing moves any more
state() {
  local before= now=
  for _ in {1..40}; do
    now=$(everything | sed -E 's/"(gc_timer|hello_timer|[a-z_]*_timer)":[0-9.]+/"\1":0/g')
    # nor is about to: a link that has been set up says so when the kernel gets to it
    [[ $now == "$before" && ! $now =~ '"ifname":"'[^l][^}]*'"operstate":"UNKNOWN"' ]] && break
    before=$now
    sleep 0.05
  done
  echo "@ state"
  echo "$now"
}

# step NAME COMMAND CONTAINER NETNS CONFIG
step() {
  local out status
  out=$(CNI_COMMAND=$2 CNI_CONTAINERID=$3 CNI_NETNS=$4 timeout 60 "$plugin" <<<"$5" 2>>/run/err)
  status=$?
  [[ $1 != add-a ]] || status_a=$status
  echo "@ $1 $status"
  echo "$out"
  [[ $2 != ADD ]] || result=$out
}
with_result() { jq -c --argjson prev "$1" '. + {prevResult: $prev}' <<<"$config"; }

state
step add-a ADD ca /run/netns/a "$config"
state
if ((status_a == 0)); then
  result_a=$result
  step add-b ADD cb /run/netns/b "$config"
  state
  if [[ $check == yes ]]; then
    step check-a CHECK ca /run/netns/a "$(with_result "$result_a")"
    # an address that is gone is missed
    nsenter --net=/run/netns/b ip addr flush dev eth0 2>/dev/null
    step check-b CHECK cb /run/netns/b "$(with_result "$result")"
  fi
fi
step del-a DEL ca /run/netns/a "$config"
state
step del-a-again DEL ca /run/netns/a "$config"
step del-b DEL cb /run/netns/b "$config"
state
ip netns del a; ip netns del b
step del-a-gone DEL ca /run/netns/a "$config"
