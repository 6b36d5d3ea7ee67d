//! A child that shares the memory: on a stack of its own, until it executes a program or ends.
use crate::process::{FAILED, answer, code_of, eventually, fork, vfork};
use clone3::{Child, Clone3, How, Namespaces, SharedMemory, Stack};
use std::time::{Duration, Instant};

const SIZE: usize = 64 * 1024;

/// Longer than a call takes, on a busy machine too.
const WHILE: Duration = Duration::from_millis(300);

fn sharing() -> Clone3<'static, SharedMemory> {
    Clone3::new().share_memory()
}

fn sleep(time: Duration) {
    let _ = rustix::thread::nanosleep(&rustix::thread::Timespec {
        tv_sec: 0,
        tv_nsec: time.subsec_nanos().into(),
    });
}

/// Executes a program without an environment; returns if it could not.
fn execute(program: &std::ffi::CStr, arguments: &[*const libc::c_char]) {
    let environment = [std::ptr::null()];
    // SAFETY: both lists end in null and hold strings that outlive the call.
    unsafe { libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
}

#[test]
fn what_the_child_writes_is_seen_by_the_parent() {
    let mut stack = Stack::new(SIZE).unwrap();
    let mut numbers = [1, 2, 3];
    let mut text = String::from("parent");
    for round in 1..=3 {
        let child = vfork(&sharing(), &mut stack, || {
            numbers[1] += 10;
            text.as_mut_str().make_ascii_uppercase();
            round
        });
        assert_eq!(code_of(&child.unwrap()), round);
    }
    assert_eq!((numbers, text.as_str()), ([1, 32, 3], "PARENT"));
}

#[test]
fn what_a_copied_child_writes_is_not_seen_by_the_parent() {
    let mut number = 1;
    let child = fork(&Clone3::new(), || {
        number += 1;
        number
    });
    assert_eq!(code_of(&child.unwrap()), 2);
    assert_eq!(number, 1);
}

/// Starts `sleep 60` from a child that takes its time before.
fn start_sleep(
    start: impl FnOnce(&mut dyn FnMut() -> u8) -> std::io::Result<Child>,
) -> (Child, Duration) {
    let arguments = [c"sleep".as_ptr(), c"60".as_ptr(), std::ptr::null()];
    let begin = Instant::now();
    let child = start(&mut || {
        sleep(WHILE);
        execute(c"/bin/sleep", &arguments);
        FAILED
    })
    .expect("a child");
    (child, begin.elapsed())
}

fn kill(child: &Child) {
    child.signal(libc::SIGKILL).expect("a child");
    let how = child.wait().expect("an end").how;
    assert_eq!(
        how,
        How::Killed {
            signal: libc::SIGKILL,
            core: false
        }
    );
}

#[test]
fn the_parent_goes_on_when_the_child_has_executed_a_program() {
    let mut stack = Stack::new(SIZE).unwrap();
    let (child, took) = start_sleep(|then| vfork(&sharing(), &mut stack, then));
    assert!(took >= WHILE, "{took:?}");
    // The kernel lets the parent go on when the memory has been left, and gives the new name a moment later.
    let name = format!("/proc/{}/comm", child.pid().as_raw_pid());
    assert!(eventually(
        || std::fs::read_to_string(&name).unwrap() == "sleep\n"
    ));
    assert_eq!(child.try_wait().unwrap(), None, "it runs on");
    kill(&child);
}

#[test]
fn a_caller_is_suspended_beside_copied_memory_only_if_asked_for() {
    let (child, took) = start_sleep(|then| fork(&Clone3::new().suspend_caller(), then));
    assert!(took >= WHILE, "{took:?}");
    kill(&child);
    let (child, took) = start_sleep(|then| fork(&Clone3::new(), then));
    assert!(took < WHILE, "{took:?}");
    kill(&child);
}

#[test]
fn a_child_that_shares_memory_can_have_every_namespace() {
    let mut stack = Stack::new(SIZE).unwrap();
    let clone = sharing().namespaces(Namespaces::all());
    let child = vfork(&clone, &mut stack, || {
        u8::try_from(rustix::process::getpid().as_raw_pid()).unwrap_or(FAILED)
    });
    assert_eq!(code_of(&child.unwrap()), 1);
}

/// The signals that this thread blocks.
fn mask() -> u64 {
    let mut mask = 0u64;
    // SAFETY: a null set changes nothing; `mask` is a live set of the size given.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_BLOCK,
            0usize,
            &raw mut mask,
            size_of::<u64>(),
        )
    };
    mask
}

fn block(signals: u64) {
    // SAFETY: `signals` is a live set of the size given.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const signals,
            0usize,
            size_of::<u64>(),
        )
    };
}

#[test]
fn the_child_has_the_callers_mask_only_if_it_has_no_handlers() {
    const EVERY: u64 = !(1 << (libc::SIGKILL - 1) | 1 << (libc::SIGSTOP - 1));
    const SOME: u64 = 1 << (libc::SIGUSR1 - 1) | 1 << (libc::SIGHUP - 1);
    let mut stack = Stack::new(SIZE).unwrap();
    for (clone, expected) in [
        (sharing(), EVERY),
        (sharing().clear_signal_handlers(), SOME),
    ] {
        block(SOME);
        let mut seen = 0;
        let child = vfork(&clone, &mut stack, || {
            seen = mask();
            0
        });
        assert_eq!(code_of(&child.unwrap()), 0);
        assert_eq!(seen, expected, "{clone:?}");
        assert_eq!(mask(), SOME, "the caller has its own again");
    }
    block(0);
}

/// Uses more and more stack, at least 1 KiB a call.
#[expect(unconditional_recursion, reason = "it ends at the guard page")]
fn dig(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 128]);
    dig(depth + 1) + std::hint::black_box(room)[5]
}

/// A stack, and the first byte of a page of the test's own that ends where the stack's mapping begins.
fn stack_above_a_page() -> (Stack, *mut u8) {
    let page = rustix::param::page_size();
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let mut others = Vec::new();
    loop {
        let mut stack = Stack::new(SIZE).expect("a stack");
        let mut somewhere = 0;
        let child = vfork(&sharing(), &mut stack, || {
            let local = 0u8;
            somewhere = std::hint::black_box(&raw const local).addr();
            0
        });
        assert_eq!(code_of(&child.expect("a child")), 0);
        let top = somewhere.next_multiple_of(page);
        let below = std::ptr::without_provenance_mut(top - SIZE - 2 * page);
        // SAFETY: a mapping that replaces none.
        let mapped = unsafe { libc::mmap(below, page, access, flags, -1, 0) };
        if mapped == below {
            return (stack, mapped.cast());
        }
        // Something else lies there: try at another place, while this one is taken.
        others.push(stack);
        assert!(others.len() < 100, "no place for a page below a stack");
    }
}

#[test]
fn a_child_that_needs_more_stack_is_killed_and_overwrites_nothing() {
    let (mut stack, below) = stack_above_a_page();
    let page = rustix::param::page_size();
    // SAFETY: the page is the test's own.
    let below = unsafe { std::slice::from_raw_parts_mut(below, page) };
    below.fill(0x5a);
    let child = vfork(&sharing(), &mut stack, || {
        u8::try_from(dig(0)).unwrap_or(FAILED)
    })
    .unwrap();
    let How::Killed { signal, .. } = child.wait().unwrap().how else {
        panic!("it was not killed");
    };
    assert_eq!(signal, libc::SIGSEGV);
    assert!(std::hint::black_box(below).iter().all(|byte| *byte == 0x5a));
    let child = vfork(&sharing(), &mut stack, || 4).unwrap();
    assert_eq!(code_of(&child), 4, "the stack can be used again");
}

/// A gigabyte that is resident in small pages, as a long-lived heap is.
fn grow() -> bool {
    const LENGTH: usize = 1 << 30;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: an anonymous mapping at an address of the kernel's choice replaces nothing.
    let mapped = unsafe { libc::mmap(std::ptr::null_mut(), LENGTH, access, flags, -1, 0) };
    if mapped == libc::MAP_FAILED {
        return false;
    }
    // SAFETY: the range is the mapping above.
    unsafe { libc::madvise(mapped, LENGTH, libc::MADV_NOHUGEPAGE) };
    // SAFETY: the range is the mapping above.
    unsafe { libc::madvise(mapped, LENGTH, libc::MADV_POPULATE_WRITE) == 0 }
}

/// The least of five times; `None` if one failed.
fn least(mut once: impl FnMut() -> bool) -> Option<Duration> {
    let mut least = Duration::MAX;
    for _ in 0..5 {
        let begin = Instant::now();
        if !once() {
            return None;
        }
        least = least.min(begin.elapsed());
    }
    Some(least)
}

#[test]
fn a_parent_of_a_gigabyte_starts_a_child_without_copying_it() {
    let how = answer(&Clone3::new(), || {
        let Ok(mut stack) = Stack::new(SIZE) else {
            return FAILED;
        };
        if !grow() {
            return FAILED;
        }
        let shared =
            least(|| vfork(&sharing(), &mut stack, || 0).is_ok_and(|child| code_of(&child) == 0));
        let copied = least(|| fork(&Clone3::new(), || 0).is_ok_and(|child| code_of(&child) == 0));
        match (shared, copied) {
            (Some(shared), Some(copied)) => (shared < copied / 4).into(),
            _ => FAILED,
        }
    });
    assert_eq!(how, How::Exited(1));
}

#[test]
fn memory_that_a_child_had_before_exec_counts_as_its_own() {
    let how = answer(&Clone3::new(), || {
        let arguments = [c"true".as_ptr(), std::ptr::null()];
        let Ok(mut stack) = Stack::new(SIZE) else {
            return FAILED;
        };
        if !grow() {
            return FAILED;
        }
        let child = vfork(&sharing(), &mut stack, || {
            execute(c"/bin/true", &arguments);
            FAILED
        });
        match child.and_then(|child| child.wait()) {
            Ok(ended) if ended.how == How::Exited(0) => {
                (ended.usage.max_resident >= 1 << 30).into()
            }
            _ => FAILED,
        }
    });
    assert_eq!(how, How::Exited(1));
}

#[test]
fn many_threads_start_children_at_once() {
    std::thread::scope(|scope| {
        for thread in 0..8u8 {
            scope.spawn(move || {
                let mut stack = Stack::new(SIZE).unwrap();
                for round in 0..50u8 {
                    let code = thread * 25 + round % 25;
                    let shared = vfork(&sharing(), &mut stack, || code).unwrap();
                    let copied = fork(&Clone3::new(), || code).unwrap();
                    assert_eq!(code_of(&shared), code);
                    assert_eq!(code_of(&copied), code);
                }
            });
        }
    });
}
