# faults.sh COMMAND SETUP STATE RESET WHICH: lets each system call of COMMAND fail once, one after the other, and says for each
# what is not as it should be: STATE prints afterwards what it printed before, or what it prints after a run that nobody disturbed;
# a run that ends well has done it; and one that does not says why.
#   SETUP   runs once with the original tools before anything else
#   STATE   prints what is there; waited for a little, as a helper of COMMAND may still be tidying up
#   RESET   undoes COMMAND with the original tools
#   WHICH   "all" occurrences of a call, or the "ends": the first and the last
# Prints "faults N" in the end.
set -u
command=$1 setup=$2 state=$3 reset=$4 which=$5 original=${PATH#*:}
as_original() { PATH=$original bash -c "$1" 2>&1; }

mount -t tmpfs faults /run && mount -t sysfs faults /sys 2>/dev/null
mkdir /run/work && cd /run/work || exit
eval "words=($command)"
as_original "$setup"
old=$(as_original "$state")
# the first run tells the calls: how often each process makes each of them
strace -f -qqq -o calls "${words[@]}" >/dev/null || { echo "the command fails undisturbed"; exit; }
new=$(as_original "$state")
as_original "$reset" >/dev/null
[[ $(as_original "$state") == "$old" ]] || { echo "the reset does not bring the old state back"; exit; }

# the number that a call fails with: one that it can have
errno_of() {
  case $1 in
    open* | stat* | newfstatat | mkdir | mount | umount2 | unlink* | readlink*) echo EACCES ;;
    socket | bind | set* | unshare | clone*) echo EPERM ;;
    send* | recv*) echo ENOBUFS ;;
    write) echo ENOSPC ;;
    *) echo ENOMEM ;;
  esac
}

# memory, threads and signals are the C library's and Rust's own, which give up where they cannot be had: then only what is
# left behind is looked at. What a program is loaded with is theirs too: the first files are opened before `main`
RUNTIME='brk|mmap|munmap|mprotect|madvise|mremap|futex|rt_sig.*|sigaltstack|set_robust_list|set_tid_address|rseq|arch_prctl|prlimit64|pread64|getrandom|sched_getaffinity|gettid|access'

faults=0
while read -r call count; do
  errno=$(errno_of "$call")
  for ((n = 1; n <= count; n++)); do
    [[ $which == all && ! $call =~ ^($RUNTIME)$ || $n == 1 || $n == "$count" ]] || continue
    timeout -s KILL 60 strace -f -qqq -o hit -e trace="$call" -e inject="$call:error=$errno:when=$n" "${words[@]}" >out 2>err
    status=$?
    # another process may have made the call this time
    grep -q '(INJECTED)' hit || continue
    faults=$((faults + 1)) now=
    for _ in {1..40}; do
      now=$(as_original "$state")
      [[ $now == "$old" || $now == "$new" ]] && break
      sleep 0.05
    done
    what="$call $n, $errno: status $status, $(head -c 300 err | tr '\n' '|')"
    if [[ $call =~ ^($RUNTIME)$ ]]; then
      : # whose words these are is not ours to say
    elif ((status >= 128)) || grep -q 'panicked at' err; then
      echo "falls over: $what"
    elif ((status == 0)) && [[ $now != "$new" ]]; then
      echo "says that it is done, and it is not: $what"
    elif ((status != 0)) && [[ ! -s err ]] && ! grep -q '✗' out; then
      echo "says nothing: $what"
    fi
    if [[ $now != "$old" && $now != "$new" ]]; then
      echo "half done: $what: $now"
    elif [[ $now == "$old" ]]; then
      # what is as before must also work as before
      "${words[@]}" &>again && [[ $(as_original "$state") == "$new" ]] || echo "not again: $what: $(cat again)"
    fi
    as_original "$reset" >/dev/null
  done
done < <(awk '$2 ~ /^[a-z0-9_]+\(/ { sub(/\(.*/, "", $2); calls[$1 " " $2]++ }
  END { for (key in calls) { split(key, part, " "); if (calls[key] > most[part[2]]) most[part[2]] = calls[key] }
        for (call in most) if (call !~ /^(exit|exit_group|rt_sigreturn|execve)$/) print call, most[call] }' calls | sort)
echo "faults $faults"
