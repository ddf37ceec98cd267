# crash.sh, after twin/disturbed.sh: kills the command before each of its system calls that WHICH is a pattern of, and prints "torn CALL N: STATE"
# for every state that is neither the old nor the new one.
[[ $old != "$new" ]] || { echo "torn: the command does nothing"; exit; }

disturb() {
  [[ $1 =~ ^($which)$ ]] || return
  strace -f -qqq -o /dev/null -e trace="$1" -e inject="$1:signal=SIGKILL:when=$2" "${words[@]}" &>/dev/null && return
  settle
  [[ $now == "$old" || $now == "$new" ]] || echo "torn $1 $2: $now"
  again "torn $1 $2"
}

each_call
