# faults.sh, after twin/disturbed.sh: lets each system call of the command fail once, and says for each what is not as it should
# be: the state afterwards is that before, or that after a run that nobody disturbed; a run that ends well has done it; and one
# that does not says why. WHICH is "all" occurrences of each call, the "ends", which are the first and the last, or a pattern of
# calls, all of whose occurrences fail and no others.

# the number that a call fails with: one that it can have
errno_of() {
  case $1 in
    open* | stat* | newfstatat | mkdir | mount | umount2 | unlink* | readlink*) echo EACCES ;;
    socket | bind | set* | unshare | clone*) echo EPERM ;;
    send* | recv*) echo ENOBUFS ;;
    write) echo ENOSPC ;;
    # the only one that the standard library takes of a folder, which the kernel closes without any
    close) echo EINTR ;;
    *) echo ENOMEM ;;
  esac
}

# memory, threads and signals are the C library's and Rust's own, which give up where they cannot be had: then only what is
# left behind is looked at. What a program is loaded with is theirs too: the first files are opened before `main`
RUNTIME='brk|mmap|munmap|mprotect|madvise|mremap|futex|rt_sig.*|sigaltstack|set_robust_list|set_tid_address|rseq|arch_prctl|prlimit64|pread64|getrandom|sched_getaffinity|gettid|access'

disturb() {
  local call=$1 n=$2 count=$3 errno status what
  [[ $call =~ ^(exit|exit_group|rt_sigreturn|execve)$ ]] && return
  case $which in
    all | ends) [[ $which == all && ! $call =~ ^($RUNTIME)$ || $n == 1 || $n == "$count" ]] || return ;;
    *) [[ $call =~ ^($which)$ ]] || return ;;
  esac
  errno=$(errno_of "$call")
  timeout -s KILL 60 strace -f -qqq -o hit -e trace="$call" -e inject="$call:error=$errno:when=$n" "${words[@]}" >out 2>err
  status=$?
  # another process may have made the call this time
  grep -q '(INJECTED)' hit || return
  settle
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
  [[ $now == "$old" || $now == "$new" ]] || echo "half done: $what: $now"
  again "$what"
}

each_call
