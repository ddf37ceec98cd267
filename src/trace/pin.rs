//! A traced program and its tracer on one processor.
//!
//! A stop is a switch from one to the other and back. On two processors each switch wakes a processor that idles,
//! which takes a virtual machine longer than all else; on one it is what `sched_yield(2)` would be. The program is not
//! to notice: it has its own mask again before it can ask for it, or hand it on to a child.

use nix::errno::Errno;
use nix::sched::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use nix::unistd::Pid;

/// The thread that calls, for `sched_setaffinity(2)`.
const SELF: Pid = Pid::from_raw(0);

/// Holds both on one processor while it lives; then both have the masks that they had.
pub(super) struct Pin {
    program: Pid,
    /// The masks as they were: the program's and ours.
    before: [CpuSet; 2],
    /// The one processor.
    here: CpuSet,
}

impl Pin {
    /// Keeps a stopped thread where this one runs. `None` if that cannot be, or is so already.
    pub(super) fn new(tid: i32) -> Option<Pin> {
        let program = Pid::from_raw(tid);
        let before = [sched_getaffinity(program).ok()?, sched_getaffinity(SELF).ok()?];
        let cpu = sched_getcpu().ok()?;
        let mut here = CpuSet::new();
        here.set(cpu).ok()?;
        if before[0] == here || !before[0].is_set(cpu).ok()? {
            return None;
        }
        let pin = Pin { program, before, here };
        // if one of them fails, what has been done is undone
        let both = sched_setaffinity(SELF, &pin.here).and_then(|()| sched_setaffinity(program, &pin.here));
        both.is_ok().then_some(pin)
    }

    fn put_back(&self, task: Pid, before: &CpuSet) -> Result<(), Errno> {
        // somebody else may have moved it: that holds
        if sched_getaffinity(task)? != self.here {
            return Ok(());
        }
        // who never asked for a mask gets the processors that come later too; so does who asks for all
        let mut all = CpuSet::new();
        (0..CpuSet::count()).try_for_each(|cpu| all.set(cpu))?;
        sched_setaffinity(task, &all)?;
        match sched_getaffinity(task)? == *before {
            true => Ok(()),
            false => sched_setaffinity(task, before),
        }
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        // a program that is gone needs none
        let _ = self.put_back(self.program, &self.before[0]);
        let _ = self.put_back(SELF, &self.before[1]);
    }
}
