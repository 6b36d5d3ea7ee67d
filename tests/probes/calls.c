/* System calls that reach the kernel's own programs, keys, clocks and machine. None here changes anything. */
#include "hostile.h"
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>

/* The call is let through if it fails for any other reason than a missing right or a missing call. */
static enum outcome let_through(long value) {
  if (value >= 0) return open_to("done: %ld", value);
  if (errno == EPERM || errno == ENOSYS || errno == EACCES) return refused();
  return open_to("the call itself is let through: %s", strerrorname_np(errno));
}
#define CALL(name, act)                                                                                                \
  static enum outcome name(void) { return let_through(act); }

CALL(call_bpf, syscall(SYS_bpf, BPF_PROG_LOAD, NULL, 0))
CALL(call_io_uring, syscall(SYS_io_uring_setup, 1, NULL))
CALL(call_userfaultfd, syscall(SYS_userfaultfd, 1))
CALL(call_fanotify, syscall(SYS_fanotify_init, 0x200, 0))
CALL(call_kcmp, syscall(SYS_kcmp, getpid(), getpid(), 0, 0, 0))
CALL(call_syslog, syscall(SYS_syslog, 10, NULL, 0))
CALL(call_keyctl, syscall(SYS_keyctl, 0, -3, 0))
CALL(call_add_key, syscall(SYS_add_key, "user", "hostile", "x", 1, -1))
CALL(call_request_key, syscall(SYS_request_key, "user", "hostile", NULL, 0))
CALL(call_init_module, syscall(SYS_init_module, NULL, 0, NULL))
CALL(call_finit_module, syscall(SYS_finit_module, -1, "", 0))
CALL(call_delete_module, syscall(SYS_delete_module, "no_such_module", 0))
CALL(call_kexec, syscall(SYS_kexec_load, 0, 0, NULL, 0xffff0000))
CALL(call_reboot, syscall(SYS_reboot, 0, 0, 0, NULL))
CALL(call_swapon, syscall(SYS_swapon, "", 0))
CALL(call_acct, syscall(SYS_acct, ""))
CALL(call_quotactl, syscall(SYS_quotactl, 0, NULL, 0, NULL))
CALL(call_settimeofday, syscall(SYS_settimeofday, (void *)1, NULL))
CALL(call_clock_settime, syscall(SYS_clock_settime, CLOCK_MONOTONIC, (void *)1))
CALL(call_adjtimex, syscall(SYS_adjtimex, (void *)1))
CALL(call_personality, personality(ADDR_NO_RANDOMIZE))
CALL(call_modify_ldt, syscall(SYS_modify_ldt, 0, NULL, 0))
CALL(call_iopl, syscall(SYS_iopl, 0))
CALL(call_ioperm, syscall(SYS_ioperm, 0, 1, 0))
CALL(call_process_vm, syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0))
CALL(call_pidfd_getfd, syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, getpid(), 0), 0, 0))
CALL(call_traceme, ptrace(PTRACE_TRACEME, 0, NULL, NULL))
CALL(call_setns, syscall(SYS_setns, -1, 0))
CALL(call_lookup_dcookie, syscall(SYS_lookup_dcookie, 0, NULL, 0))
CALL(call_memfd_secret, syscall(SYS_memfd_secret, 0))
CALL(call_listmount, syscall(458, (void *)1, NULL, 0, 0))
CALL(call_move_pages, syscall(SYS_move_pages, 0, 0, NULL, NULL, NULL, 0))
CALL(call_uselib, syscall(SYS_uselib, ""))

static enum outcome call_perf(void) {
  struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attributes, .exclude_kernel = 1};
  return let_through(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

#ifdef __x86_64__
/* 20 is getpid by i386's table, and writev by x86-64's. */
static enum outcome i386(void) {
  long value = 20;
  __asm__ volatile("int $0x80" : "+a"(value) : : "memory", "r8", "r9", "r10", "r11");
  if (value == -ENOSYS || value == -EPERM) return closed("%ld", value);
  return value == getpid() ? open_to("getpid: %ld", value) : closed("%ld", value);
}
/* 39 is getpid. A kernel without x32 has no such call. */
static enum outcome x32(void) { return let_through(syscall(0x40000000 + 39)); }
#else
static enum outcome i386(void) { return unclear("not on this machine"); }
static enum outcome x32(void) { return unclear("not on this machine"); }
#endif

/* The session keyring of the launcher, with a key that is planted by name. */
static enum outcome session_key(void) {
  const char *name = planted("key");
  char payload[64] = {0};
  if (!name) return unclear("none was planted");
  long key = syscall(SYS_keyctl, 10, -3, "user", name, 0);
  if (key < 0) return refused();
  return syscall(SYS_keyctl, 11, key, payload, sizeof payload) < 0 ? refused() : open_to("%s", payload);
}

const struct probe calls[] = {
    {"bpf", call_bpf, 0, NULL},
    {"io_uring", call_io_uring, 0, NULL},
    {"userfaultfd", call_userfaultfd, 0, NULL},
    {"perf_event_open", call_perf, 0, NULL},
    {"fanotify", call_fanotify, 0, NULL},
    {"kcmp", call_kcmp, 0, NULL},
    {"syslog", call_syslog, 0, NULL},
    {"keyctl", call_keyctl, 0, NULL},
    {"add_key", call_add_key, 0, NULL},
    {"request_key", call_request_key, 0, NULL},
    {"session-key", session_key, 0, NULL},
    {"init_module", call_init_module, 0, "this kernel may be built without modules"},
    {"finit_module", call_finit_module, 0, "this kernel may be built without modules"},
    {"delete_module", call_delete_module, 0, "this kernel may be built without modules"},
    {"kexec_load", call_kexec, 0, "this kernel may be built without it"},
    {"reboot", call_reboot, 0, NULL},
    {"swapon", call_swapon, 0, NULL},
    {"acct", call_acct, 0, NULL},
    {"quotactl", call_quotactl, 0, NULL},
    {"settimeofday", call_settimeofday, 0, NULL},
    {"clock_settime", call_clock_settime, 0, NULL},
    {"adjtimex", call_adjtimex, 0, NULL},
    {"personality", call_personality, 0, NULL},
    {"modify_ldt", call_modify_ldt, 0, NULL},
    {"iopl", call_iopl, 0, "this kernel may be built without it"},
    {"ioperm", call_ioperm, 0, "this kernel may be built without it"},
    {"process_vm_readv", call_process_vm, 0, NULL},
    {"pidfd_getfd", call_pidfd_getfd, 0, NULL},
    {"PTRACE_TRACEME", call_traceme, 0, NULL},
    {"setns", call_setns, 0, NULL},
    {"lookup_dcookie", call_lookup_dcookie, 0, "kernels of today have none"},
    {"memfd_secret", call_memfd_secret, 0, NULL},
    {"listmount", call_listmount, 0, NULL},
    {"move_pages", call_move_pages, 0, NULL},
    {"uselib", call_uselib, 0, "kernels of today have none"},
    {"i386-calls", i386, 0, "this kernel may be built without them"},
    {"x32-calls", x32, 0, "this kernel may be built without them"},
    {0}};
