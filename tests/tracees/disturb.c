/* Stops a process, disturbs it in one way, and lets it go: `disturb PID WAY`. It is what steady.c must notice, but for the
 * ways "stop" and "call", which are done as they should be. It ends with 0 if it did what it was asked to. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int target, memory;

static long must(const char *what, long result) {
  if (result != -1) return result;
  fprintf(stderr, "disturb: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void rest(long milliseconds) {
  nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000}, 0);
}

static int next_stop(void) {
  int status = 0;
  must("waitpid", waitpid(target, &status, __WALL));
  if (!WIFSTOPPED(status)) exit(1);
  return status;
}

static void stop(void) {
  must("interrupt", ptrace(PTRACE_INTERRUPT, target, 0, 0));
  /* A signal that comes first is delivered. */
  for (int status; (status = next_stop()) >> 16 != PTRACE_EVENT_STOP;)
    must("continue", ptrace(PTRACE_CONT, target, 0, status >> 16 ? 0 : WSTOPSIG(status)));
}

static struct user_regs_struct registers(void) {
  struct user_regs_struct registers;
  must("registers", ptrace(PTRACE_GETREGS, target, 0, &registers));
  return registers;
}

static void set_registers(struct user_regs_struct registers) {
  must("registers", ptrace(PTRACE_SETREGS, target, 0, &registers));
}

static void flip(uint64_t at) {
  unsigned char byte;
  must("memory", pread(memory, &byte, 1, at) == 1 ? 0 : -1);
  byte ^= 0x10;
  must("memory", pwrite(memory, &byte, 1, at) == 1 ? 0 : -1);
}

/* The first mapping whose line has this in it. */
static int mapping(const char *name, uint64_t *from, uint64_t *to) {
  char path[64], line[512];
  snprintf(path, sizeof path, "/proc/%d/maps", target);
  FILE *maps = fopen(path, "re");
  while (maps && fgets(line, sizeof line, maps))
    if (strstr(line, name)) {
      fclose(maps);
      return sscanf(line, "%lx-%lx", from, to) == 2;
    }
  exit(1);
}

static uint64_t find_bytes(const char *name, const void *bytes, size_t size) {
  uint64_t from, to;
  mapping(name, &from, &to);
  char *copy = malloc(to - from);
  must("memory", pread(memory, copy, to - from, from));
  char *found = memmem(copy, to - from, bytes, size);
  if (!found) exit(1);
  return from + (found - copy);
}

/* What was made is stopped, too, and ended before it does anything: it stands in the middle of another's call. */
static void end_child(void) {
  unsigned long child;
  must("message", ptrace(PTRACE_GETEVENTMSG, target, 0, &child));
  must("waitpid", waitpid(child, 0, __WALL));
  kill(child, SIGKILL);
  must("waitpid", waitpid(child, 0, __WALL));
}

/* From the exit of a call to where signals are looked for. One that it makes itself comes first. */
static void stop_in_exit(void) {
  must("interrupt", ptrace(PTRACE_INTERRUPT, target, 0, 0));
  must("continue", ptrace(PTRACE_CONT, target, 0, 0));
  for (int status; (status = next_stop()) >> 16 != PTRACE_EVENT_STOP;)
    must("continue", ptrace(PTRACE_CONT, target, 0, status >> 16 ? 0 : WSTOPSIG(status)));
}

/* Whether registers are put back where the kernel does no more begin a call again. */
static int leaks;

/* What a process has asked for about its own calls (Linux 6.4; older kernels do not tell, and nothing is changed). */
struct dispatch {
  uint64_t mode, selector, offset, length;
};
#define SET_DISPATCH 0x4210
#define READ_DISPATCH 0x4211

/* Makes the stopped process do a call; it is stopped again as it was before, on its way out of the kernel, where a call that
 * waited is begun again with the registers that say so. */
static long call(long number, uint64_t first, uint64_t second, uint64_t third, uint64_t fourth, uint64_t fifth) {
  struct dispatch dispatch, none = {0};
  int dispatched = !ptrace(READ_DISPATCH, target, sizeof dispatch, &dispatch);
  if (dispatched) must("dispatch", ptrace(SET_DISPATCH, target, sizeof none, &none));
  /* A signal that came to be delivered meanwhile would have to be kept, and the handler would run in between. */
  uint64_t mask, all = ~0ul;
  must("mask", ptrace(PTRACE_GETSIGMASK, target, sizeof mask, &mask));
  must("mask", ptrace(PTRACE_SETSIGMASK, target, sizeof all, &all));
  struct user_regs_struct before = registers(), during = before;
  during.rip = find_bytes("[vdso]", "\x0f\x05", 2);
  during.rax = number, during.orig_rax = -1;
  during.rdi = first, during.rsi = second, during.rdx = third, during.r10 = fourth, during.r8 = fifth;
  during.eflags &= ~0x400;
  must("options", ptrace(PTRACE_SETOPTIONS, target, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE));
  set_registers(during);
  for (int stops = 0; stops < 2;) {
    must("syscall", ptrace(PTRACE_SYSCALL, target, 0, 0));
    int status = next_stop();
    if (WSTOPSIG(status) == (SIGTRAP | 0x80)) stops++;
    else if (status >> 16) end_child();
  }
  long result = registers().rax;
  if (dispatched) must("dispatch", ptrace(SET_DISPATCH, target, sizeof dispatch, &dispatch));
  if (!leaks) stop_in_exit();
  must("mask", ptrace(PTRACE_SETSIGMASK, target, sizeof mask, &mask));
  set_registers(before);
  return result;
}

/* Stops it elsewhere. On a machine with much to do a process that is stopped again soon has not run at all, and so there is
 * more and more time. */
static void stop_again(int tries) {
  if (tries == 500) {
    struct user_regs_struct last = registers();
    fprintf(stderr, "disturb: never there, at last in call %ld with %ld\n", (long)last.orig_rax, (long)last.rax);
    exit(1);
  }
  must("continue", ptrace(PTRACE_CONT, target, 0, 0));
  rest(1 + tries % 50);
  stop();
}

/* Lets it go on until it is stopped this far into these bytes, at one of the places where an instruction begins. */
static void stop_at(const unsigned char *bytes, size_t size, unsigned places) {
  for (int tries = 0;; tries++) {
    uint64_t at = registers().rip;
    unsigned char code[16];
    for (size_t back = 0; back < size; back++)
      if (places >> back & 1 && pread(memory, code, size, at - back) == (long)size && !memcmp(code, bytes, size)) return;
    stop_again(tries);
  }
}

/* The loops of registers.h: three instructions, and the first one after them. */
static void stop_in_registers(void) {
  static const unsigned char loop[] = {0x48, 0x8d, 0x49, 0xff, 0xe3, 0x02, 0xeb, 0xf8, 0x48, 0x89, 0x05};
  stop_at(loop, sizeof loop, 1 << 0 | 1 << 4 | 1 << 6);
}
static void stop_in_vectors(void) {
  /* A move of vectors begins with the prefix of its kind: of SSE, of AVX, or of AVX-512. */
  const unsigned char prefix = __builtin_cpu_supports("avx512f") ? 0x62 : __builtin_cpu_supports("avx") ? 0xc5 : 0xf3;
  const unsigned char loop[] = {0x48, 0x8d, 0x49, 0xff, 0xe3, 0x02, 0xeb, 0xf8, prefix};
  stop_at(loop, sizeof loop, 1 << 0 | 1 << 4 | 1 << 6);
}

/* As it waits: a stop anywhere else leaves nothing to begin again. A call that
 * is to be begun again says so by its result; one that says 513 did not wait. */
static void stop_in_wait(void) {
  for (int tries = 0;; tries++) {
    struct user_regs_struct now = registers();
    long result = now.rax;
    if ((long)now.orig_rax >= 0 && (result == -EINTR || (result <= -512 && result >= -516 && result != -513))) return;
    stop_again(tries);
  }
}

static void hold(void) { rest(600); }

static void change_rbx(void) {
  stop_in_registers();
  struct user_regs_struct changed = registers();
  changed.rbx ^= 1;
  set_registers(changed);
}
/* Wherever it is: for a program that looks after this one all the time. */
static void change_rsi(void) {
  struct user_regs_struct changed = registers();
  changed.rsi ^= 1;
  set_registers(changed);
}
static void change_r15(void) {
  stop_in_registers();
  struct user_regs_struct changed = registers();
  changed.r15 ^= 1L << 63;
  set_registers(changed);
}
static void change_flags(void) {
  stop_in_registers();
  struct user_regs_struct changed = registers();
  changed.eflags ^= 0x400;
  set_registers(changed);
}
static void change_zone(void) {
  stop_in_registers();
  flip(registers().rsp - 128);
}
/* In the call of registers.h after which each register is looked at. */
static void change_asleep(void) {
  static const unsigned char asleep[] = {0x0f, 0x05, 0x48, 0x89, 0x05};
  stop_at(asleep, sizeof asleep, 1 << 2);
  struct user_regs_struct changed = registers();
  changed.r12 ^= 4;
  set_registers(changed);
}
static void change_gs(void) {
  struct user_regs_struct changed = registers();
  changed.gs_base += 8;
  set_registers(changed);
}
static void change_floating(void (*change)(struct user_fpregs_struct *)) {
  struct user_fpregs_struct floating;
  stop_in_vectors();
  must("vectors", ptrace(PTRACE_GETFPREGS, target, 0, &floating));
  change(&floating);
  must("vectors", ptrace(PTRACE_SETFPREGS, target, 0, &floating));
}
static void flip_xmm(struct user_fpregs_struct *floating) { floating->xmm_space[4] ^= 1; }
static void flip_st(struct user_fpregs_struct *floating) { floating->st_space[1] ^= 1 << 30; }
static void flip_mxcsr(struct user_fpregs_struct *floating) { floating->mxcsr ^= 0x2000; }
static void flip_control(struct user_fpregs_struct *floating) { floating->cwd ^= 0x400; }
static void change_xmm(void) { change_floating(flip_xmm); }
static void change_st(void) { change_floating(flip_st); }
static void change_mxcsr(void) { change_floating(flip_mxcsr); }
static void change_control(void) { change_floating(flip_control); }

/* The upper halves lie 576 bytes into the state that XSAVE writes. */
static void change_ymm(void) {
  static unsigned char state[16384] __attribute__((aligned(64)));
  struct iovec place = {state, sizeof state};
  stop_in_vectors();
  must("vectors", ptrace(PTRACE_GETREGSET, target, NT_X86_XSTATE, &place));
  state[576 + 16] ^= 1;
  must("vectors", ptrace(PTRACE_SETREGSET, target, NT_X86_XSTATE, &place));
}

/* Padding in the head of the program's file, which is a part of what does not change. */
static void change_text(void) { flip(find_bytes("/", "\177ELF", 4) + 9); }
static void change_heap(void) { flip(find_bytes("[heap]", "steady heap", 12) + 12); }
static void change_mask(void) {
  uint64_t mask = 1 << (SIGWINCH - 1);
  must("mask", ptrace(PTRACE_SETSIGMASK, target, sizeof mask, &mask));
}

static void do_call(void) {
  if (call(SYS_getppid, 0, 0, 0, 0, 0) <= 0) exit(1);
}
static void duplicate(void) { call(SYS_dup, 1, 0, 0, 0, 0); }
static void close_output(void) { call(SYS_fcntl, 0, F_SETFD, FD_CLOEXEC, 0, 0); }
static void make_child(void) { call(SYS_clone, SIGCHLD, 0, 0, 0, 0); }
static void make_quiet_child(void) { call(SYS_clone, 0, 0, 0, 0, 0); }
static void clear_robust_list(void) { call(SYS_set_robust_list, 0, 24, 0, 0, 0); }
static void clear_address(void) { call(SYS_set_tid_address, 0, 0, 0, 0, 0); }
static void dispatch_nothing(void) {
  struct dispatch none = {0};
  must("dispatch", ptrace(SET_DISPATCH, target, sizeof none, &none));
}
/* It runs on before it is let go: that alone would make the kernel look for signals once more. */
static void leak(void) {
  leaks = 1;
  stop_in_wait();
  do_call();
  must("continue", ptrace(PTRACE_CONT, target, 0, 0));
  rest(50);
  stop();
}
static void map(void) { call(SYS_mmap, 0, 4096, 0, 0x22, -1); }

/* As the registers are put back, but not what rseq knew of them: it goes on in the middle of a sequence. */
static void call_often(void) {
  for (int i = 0; i < 80; i++) {
    do_call();
    must("continue", ptrace(PTRACE_CONT, target, 0, 0));
    rest(1);
    stop();
  }
}

/* The next signal never comes. */
static void lose(void) {
  must("continue", ptrace(PTRACE_CONT, target, 0, 0));
  while (next_stop() >> 16) must("continue", ptrace(PTRACE_CONT, target, 0, 0));
}

static const struct {
  const char *name;
  void (*disturb)(void);
} ways[] = {
    {"stop", stop_in_wait},
    {"call", do_call},
    {"hold", hold},
    {"rbx", change_rbx},
    {"rsi", change_rsi},
    {"r15", change_r15},
    {"flags", change_flags},
    {"zone", change_zone},
    {"asleep", change_asleep},
    {"gs", change_gs},
    {"xmm", change_xmm},
    {"ymm", change_ymm},
    {"st", change_st},
    {"mxcsr", change_mxcsr},
    {"control", change_control},
    {"text", change_text},
    {"heap", change_heap},
    {"mask", change_mask},
    {"descriptor", duplicate},
    {"descriptor_flags", close_output},
    {"child", make_child},
    {"quiet_child", make_quiet_child},
    {"robust_list", clear_robust_list},
    {"address", clear_address},
    {"dispatch", dispatch_nothing},
    {"mapping", map},
    {"leak", leak},
    {"calls", call_often},
    {"lose", lose},
};

int main(int argc, char **argv) {
  char path[64];
  if (argc < 3) return 2;
  target = atoi(argv[1]);
  snprintf(path, sizeof path, "/proc/%d/mem", target);
  memory = must(path, open(path, O_RDWR | O_CLOEXEC));
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    if (!strcmp(ways[i].name, argv[2])) {
      must("seize", ptrace(PTRACE_SEIZE, target, 0, 0));
      stop();
      ways[i].disturb();
      must("detach", ptrace(PTRACE_DETACH, target, 0, 0));
      return 0;
    }
  return 2;
}
