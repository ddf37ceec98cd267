//! The program: words in, exit status out. Which tool it is, [`barelink::cli`] knows.
//!
//! It starts where the C library calls it, and not in Rust's own start-up, which costs system calls and code for
//! things that this program has no use for: a handler of stack overflows, a name for the thread, a probe of the
//! standard files.

#![no_main]

use std::ffi::{CStr, c_char, c_int};

/// Where the C library begins.
// SAFETY: it is the program's only `main`, with the arguments that C gives it.
#[unsafe(no_mangle)]
extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    let word = |at| {
        // SAFETY: `argv` has `argc` pointers to texts that live as long as the program.
        let text = unsafe { CStr::from_ptr(*argv.add(at)) };
        text.to_string_lossy().into_owned()
    };
    let args: Vec<String> = (0..argc as usize).map(word).collect();
    barelink::cli::main(&args)
}

/// The unwinder of a program that aborts where it panics. std was compiled for those that do unwind, and prints the
/// stack of a panic; the released program has no names to print there. With no frame to look at, the unwinder proper and
/// the readers of debug information, a tenth of the program, are left out by the linker. (A static glibc has reasons of
/// its own to bring the whole unwinder.)
#[cfg(all(panic = "abort", not(all(target_env = "gnu", target_feature = "crt-static"))))]
mod unwinder {
    use std::ffi::{c_int, c_void};

    type Context = *mut c_void;

    /// `_URC_END_OF_STACK`
    const END_OF_STACK: c_int = 5;

    // SAFETY, of all: names and signatures are those of the unwinder that each program has, and may bring itself. None
    // but the first is ever called, as nothing unwinds.
    #[unsafe(no_mangle)]
    extern "C" fn _Unwind_Backtrace(_frame: *const c_void, _argument: *mut c_void) -> c_int {
        END_OF_STACK
    }
    // SAFETY: as above
    #[unsafe(no_mangle)]
    extern "C" fn _Unwind_Resume(_exception: *mut c_void) -> ! {
        std::process::abort()
    }

    macro_rules! none {
        ($($name:ident($($argument:ty),*) $(-> $result:ty)?;)*) => { $(
            // SAFETY: as above
            #[unsafe(no_mangle)]
            extern "C" fn $name($(_: $argument),*) $(-> $result)? { $(0 as $result)? }
        )* };
    }
    none! {
        _Unwind_GetIP(Context) -> usize;
        _Unwind_GetIPInfo(Context, *mut c_int) -> usize;
        _Unwind_GetCFA(Context) -> usize;
        _Unwind_GetLanguageSpecificData(Context) -> *mut c_void;
        _Unwind_GetRegionStart(Context) -> usize;
        _Unwind_GetTextRelBase(Context) -> usize;
        _Unwind_GetDataRelBase(Context) -> usize;
        _Unwind_FindEnclosingFunction(*mut c_void) -> *mut c_void;
        _Unwind_SetGR(Context, c_int, usize);
        _Unwind_SetIP(Context, usize);
    }
}
