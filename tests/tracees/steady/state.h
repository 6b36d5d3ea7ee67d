/* What the kernel keeps for a thread and its process and tells when asked: nothing of it may change from round to round. */
#ifdef __x86_64__
#include <asm/prctl.h>
#else
enum { ARCH_GET_FS, ARCH_GET_GS };
#endif
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/time.h>

/* The sum of what a call writes; a call that is refused is refused each time. */
#define SUM(type, length, call) \
  ({ type at[length]; memset(at, 0, sizeof at); long result = (call); (long)(sum(at, sizeof at) + result); })

static long actions(void) {
  struct { void *handler; unsigned long flags; void *restorer; uint64_t mask; } action[65];
  memset(action, 0, sizeof action);
  for (int number = 1; number <= 64; number++) syscall(SYS_rt_sigaction, number, 0, &action[number], 8);
  return sum(action, sizeof action);
}

static long limits(void) {
  struct rlimit limit[RLIM_NLIMITS];
  memset(limit, 0, sizeof limit);
  for (int which = 0; which < RLIM_NLIMITS; which++) getrlimit(which, &limit[which]);
  return sum(limit, sizeof limit);
}

static long capabilities(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  return SUM(struct __user_cap_data_struct, 2, syscall(SYS_capget, &header, at));
}

/* The time that is left runs. */
static long timers(void) {
  struct itimerval timer[3];
  memset(timer, 0, sizeof timer);
  for (int which = 0; which < 3; which++) {
    getitimer(which, &timer[which]);
    timer[which].it_value.tv_usec = 0;
  }
  return sum(timer, sizeof timer);
}

static long mask_of_creation(void) {
  mode_t mask = umask(0);
  umask(mask);
  return mask;
}

static struct rseq *own_rseq(void) { return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset); }

/* Registered, as the kernel writes a CPU there. */
static long restartable(void) { return __rseq_size && (int)own_rseq()->cpu_id >= 0; }

/* Whether mappings are looked at: not where the program itself makes new ones. */
static int mappings_are_steady = 1;

/* The heap and the stack grow by themselves, and a file that is replaced is called deleted. */
static long mappings(void) {
  static char text[65536];
  long size = 0, got, total = 0;
  int maps = open("/proc/thread-self/maps", O_RDONLY | O_CLOEXEC);
  if (maps < 0) {
    unchecked("mappings");
    return 0;
  }
  while (size < (long)sizeof text - 1 && (got = read(maps, text + size, sizeof text - 1 - size)) > 0) size += got;
  close(maps);
  text[size] = 0;
  for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
    *end = 0;
    char *deleted = strstr(line, " (deleted)");
    if (deleted) *deleted = 0;
    if (!strstr(line, "[heap]") && !strstr(line, "[stack]")) total += sum(line, strlen(line));
  }
  return total;
}

static long base(int which) {
#ifdef __x86_64__
  unsigned long address = 0;
  syscall(SYS_arch_prctl, which, &address);
  return address;
#else
  return which;
#endif
}

static long selectors(void) {
  unsigned ds = 0, es = 0, fs = 0, gs = 0;
#ifdef __x86_64__
  __asm__("mov %%ds, %0; mov %%es, %1; mov %%fs, %2; mov %%gs, %3" : "=r"(ds), "=r"(es), "=r"(fs), "=r"(gs));
#endif
  return ds ^ (long)es << 16 ^ (long)fs << 32 ^ (long)gs << 48;
}

#define STATE(IS) \
  IS("the process", syscall(SYS_getpid)) \
  IS("the thread", syscall(SYS_gettid)) \
  IS("the parent", syscall(SYS_getppid)) \
  IS("the process group", getpgrp()) \
  IS("the session", getsid(0)) \
  IS("the user", SUM(uid_t, 3, getresuid(at, at + 1, at + 2))) \
  IS("the group", SUM(gid_t, 3, getresgid(at, at + 1, at + 2))) \
  IS("groups", SUM(gid_t, 64, getgroups(64, at))) \
  IS("capabilities", capabilities()) \
  IS("securebits", prctl(PR_GET_SECUREBITS)) \
  IS("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)) \
  IS("seccomp", prctl(PR_GET_SECCOMP)) \
  IS("keepcaps", prctl(PR_GET_KEEPCAPS)) \
  IS("dumpable", prctl(PR_GET_DUMPABLE)) \
  IS("the signal mask", SUM(uint64_t, 1, syscall(SYS_rt_sigprocmask, 0, 0, at, 8))) \
  IS("pending signals", SUM(uint64_t, 1, syscall(SYS_rt_sigpending, at, 8))) \
  IS("signal actions", actions()) \
  IS("the alternate stack", SUM(stack_t, 1, sigaltstack(0, at))) \
  IS("the death signal", SUM(int, 1, prctl(PR_GET_PDEATHSIG, at))) \
  IS("timers", timers()) \
  IS("the address cleared at the end", SUM(int *, 1, prctl(PR_GET_TID_ADDRESS, at))) \
  IS("the robust list", SUM(size_t, 2, syscall(SYS_get_robust_list, 0, at, at + 1))) \
  IS("rseq", restartable()) \
  IS("the base of fs", base(ARCH_GET_FS)) \
  IS("the base of gs", base(ARCH_GET_GS)) \
  IS("selectors", selectors()) \
  IS("the name", SUM(char, 16, prctl(PR_GET_NAME, at))) \
  IS("subreaper", SUM(int, 1, prctl(PR_GET_CHILD_SUBREAPER, at))) \
  IS("timer slack", prctl(PR_GET_TIMERSLACK)) \
  IS("huge pages", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0)) \
  IS("the personality", syscall(SYS_personality, 0xffffffff)) \
  IS("limits", limits()) \
  IS("the priority", getpriority(PRIO_PROCESS, 0)) \
  IS("the scheduler", sched_getscheduler(0)) \
  IS("processors", SUM(cpu_set_t, 1, sched_getaffinity(0, sizeof at, at))) \
  IS("the I/O priority", syscall(SYS_ioprio_get, 1, 0)) \
  IS("the working folder", SUM(char, 4096, syscall(SYS_getcwd, at, sizeof at))) \
  IS("the umask", mask_of_creation()) \
  IS("mappings", mappings_are_steady ? mappings() : 0)

#define NAME(name, value) name,
#define VALUE(name, value) value,
#define ONE(name, value) +1

static const char *const state_names[] = {STATE(NAME)};
static long state_before[0 STATE(ONE)];

static void state_prepare(void) {
  if (!restartable()) unchecked("rseq");
#ifdef __x86_64__
  /* So that losing it is seen: nothing else uses gs. */
  syscall(SYS_arch_prctl, ARCH_SET_GS, state_before);
#endif
  long values[] = {STATE(VALUE)};
  memcpy(state_before, values, sizeof values);
}

static void state_check(void) {
  long values[] = {STATE(VALUE)};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    if (values[i] != state_before[i]) noticed("changed: %s", state_names[i]);
}
