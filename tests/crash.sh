# crash.sh COMMAND SETUP STATE RESET ONLY: kills COMMAND before each of its system calls, one after the other, and says for
# each whether STATE prints afterwards what it printed before, or what it prints after a run that nobody disturbed.
#   SETUP   runs once with the original tools before anything else
#   STATE   prints what is there; waited for a little, as a helper of COMMAND may still be tidying up
#   RESET   undoes COMMAND with the original tools
#   ONLY    a pattern: the calls to kill before
# Prints "kills N" in the end, and "torn CALL N: STATE" for every state that is neither the old nor the new one.
set -u
command=$1 setup=$2 state=$3 reset=$4 only=$5 original=${PATH#*:}
as_original() { PATH=$original bash -c "$1" 2>&1; }

mount -t tmpfs crash /run && mount -t sysfs crash /sys 2>/dev/null
mkdir /run/work && cd /run/work || exit
eval "words=($command)"
as_original "$setup"
old=$(as_original "$state")
# the first run tells the calls: how often each process makes each of them
strace -f -qqq -o calls "${words[@]}" >/dev/null || exit
new=$(as_original "$state")
[[ $old != "$new" ]] || { echo "torn: the command does nothing"; exit; }
as_original "$reset" >/dev/null
[[ $(as_original "$state") == "$old" ]] || { echo "torn: the reset does not bring the old state back"; exit; }

kills=0
while read -r call count; do
  [[ $call =~ ^($only)$ ]] || continue
  for ((n = 1; n <= count; n++)); do
    strace -f -qqq -o /dev/null -e trace="$call" -e inject="$call:signal=SIGKILL:when=$n" "${words[@]}" &>/dev/null && continue
    kills=$((kills + 1)) now=
    for _ in {1..20}; do
      now=$(as_original "$state")
      [[ $now == "$old" || $now == "$new" ]] && break
      sleep 0.05
    done
    if [[ $now == "$old" ]]; then
      # what is as before must also work as before
      "${words[@]}" &>again && [[ $(as_original "$state") == "$new" ]] || echo "torn $call $n: not again: $(cat again)"
    elif [[ $now != "$new" ]]; then
      echo "torn $call $n: $now"
    fi
    as_original "$reset" >/dev/null
  done
done < <(awk '$2 ~ /^[a-z0-9_]+\(/ { sub(/\(.*/, "", $2); calls[$1 " " $2]++ }
  END { for (key in calls) { split(key, part, " "); if (calls[key] > most[part[2]]) most[part[2]] = calls[key] }
        for (call in most) print call, most[call] }' calls) 2>/dev/null
echo "kills $kills"
