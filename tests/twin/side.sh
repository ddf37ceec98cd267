#!/bin/bash
# side.sh PLAN RESULTS BIN TRACE: one side of a twin, run by mod.rs in network and mount namespaces of its own.
# Each line of PLAN is KIND<tab>COMMAND; what line N did goes to RESULTS/N.{out,err,code,trace,state}.
set -u
plan=$1 results=$2 trace=$4 original=$PATH subject=$3:$PATH
trap 'kill $(jobs -p) 2>/dev/null' EXIT

# a private /run, and with it a private /run/netns; a /sys that shows this network namespace
mount -t tmpfs twin /run || exit
mount -t sysfs twin /sys 2>/dev/null
mkdir /run/work && cd /run/work || exit
# addresses do not wait for duplicate detection, so that both sides are equally far whenever one looks
no_dad='for conf in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 >$conf; done'
eval "$no_dad"
declare -A tuned

# The carrier is settled in a work queue. Asking one device for it makes the kernel finish that first.
settle() {
  local file name
  for file in /sys/class/net/*/carrier; do read -r _ <"$file"; done 2>/dev/null
  for file in /run/netns/*; do
    [[ -e $file ]] || continue
    ip -n "${file##*/}" -br link | while read -r name _; do echo "link show dev ${name%@*}"; done | ip -n "${file##*/}" -force -batch -
  done &>/dev/null
}

show='addr\nroute show table all\nrule\nneigh show nud permanent\n'
states=()
grep -q nft "$plan" && states=('nft -a list ruleset')
# The kernel gives an IPv6 address its local route in a work queue, too.
routed() {
  local - line addresses=0 routes=0 IFS=$'\n'
  set -f
  # split by the shell: what `read` takes from a pipe it takes byte by byte
  for line in $1; do
    case $line in *tentative*) return 1 ;; ' '*inet6*) addresses=$((addresses + 1)) ;; 'local '*:*' dev '*) routes=$((routes + 1)) ;; esac
  done
  ((routes >= addresses))
}

# all that one namespace holds
holds() {
  local text
  for _ in {1..15}; do
    text=$(printf "$show" | ip "$@" -d -force -batch - 2>&1)
    routed "$text" && break
    sleep 0.01
  done
  echo "$text"
}

snapshot() {
  local file inode state
  settle
  holds
  for file in /run/netns/*; do
    [[ -e $file ]] || continue
    echo "netns ${file##*/}"
    inode=$(stat -c %i "$file")
    [[ ${tuned[$file]-} == "$inode" ]] || nsenter --net="$file" bash -c "$no_dad" 2>/dev/null
    tuned[$file]=$inode
    holds -n "${file##*/}"
  done
  for state in "${states[@]}"; do echo "state: $state"; bash -o pipefail -c "$state" 2>&1; done
}

calls=socket,sendto,sendmsg,sendmmsg
number=0 skip=
snapshot >$results/0.state
while IFS=$'\t' read -r kind line; do
  number=$((number + 1))
  at=$results/$number
  [[ $skip ]] && continue
  case $kind in
    state) states+=("$line"); snapshot >$at.state; continue ;;
    needs) bash -o pipefail -c "$line" &>/dev/null </dev/null || { skip=1; echo "$line" >$at.needs; }; continue ;;
    real) PATH=$original timeout 60 bash -o pipefail -c "$line" >$at.out 2>$at.err </dev/null ;;
    run) if [[ $trace == yes ]]; then
        PATH=$subject timeout 60 strace -f --seccomp-bpf -qqq -e signal=none -e trace=$calls -e raw=$calls -e write=all -o $at.trace \
          -- bash -o pipefail -c "$line" >$at.out 2>$at.err </dev/null
      else
        PATH=$subject timeout 60 bash -o pipefail -c "$line" >$at.out 2>$at.err </dev/null
      fi ;;
  esac
  echo $? >$at.code
  snapshot >$at.state
done <"$plan"
