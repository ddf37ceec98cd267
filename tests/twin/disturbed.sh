# disturbed.sh COMMAND SETUP STATE RESET WHICH: what crash.sh and faults.sh begin with. They bring a function `disturb CALL N COUNT`,
# which runs COMMAND, does something to its Nth of COUNT system calls CALL, and says what is not as it should be, and end with `each_call`.
#   SETUP   runs once with the original tools before anything else
#   STATE   prints what is there
#   RESET   undoes COMMAND with the original tools
#   WHICH   which calls: a word or pattern for `disturb`
# Prints "disturbed N" in the end.
set -u
command=$1 setup=$2 state=$3 reset=$4 which=$5 original=${PATH#*:} disturbed=0
as_original() { PATH=$original bash -c "$1" 2>&1; }

mount -t tmpfs disturbed /run && mount -t sysfs disturbed /sys 2>/dev/null
mkdir /run/work && cd /run/work || exit
eval "words=($command)"
as_original "$setup"
old=$(as_original "$state")
# the first run tells the calls: how often each process makes each of them
strace -f -qqq -o calls "${words[@]}" >/dev/null || { echo "the command fails undisturbed"; exit; }
new=$(as_original "$state")
as_original "$reset" >/dev/null
[[ $(as_original "$state") == "$old" ]] || { echo "the reset does not bring the old state back"; exit; }

# the state after a disturbed run, in $now: waited for a little, as a helper of COMMAND may still be tidying up
settle() {
  disturbed=$((disturbed + 1)) now=
  for _ in {1..40}; do
    now=$(as_original "$state")
    [[ $now == "$old" || $now == "$new" ]] && return
    sleep 0.05
  done
}

# what is as before must also work as before; then all is undone. $1 says what was disturbed
again() {
  if [[ $now == "$old" ]]; then
    "${words[@]}" &>again && [[ $(as_original "$state") == "$new" ]] || echo "not again: $1: $(cat again)"
  fi
  as_original "$reset" >/dev/null
}

each_call() {
  local call count n
  while read -r call count; do
    for ((n = 1; n <= count; n++)); do disturb "$call" "$n" "$count"; done
  done < <(awk '$2 ~ /^[a-z0-9_]+\(/ { sub(/\(.*/, "", $2); calls[$1 " " $2]++ }
    END { for (key in calls) { split(key, part, " "); if (calls[key] > most[part[2]]) most[part[2]] = calls[key] }
          for (call in most) print call, most[call] }' calls | sort) 2>/dev/null
  echo "disturbed $disturbed"
}
