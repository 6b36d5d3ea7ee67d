/* Installs a filter of system calls, says "ready", and waits for a byte; then it makes a call that is judged, and says how
 * that ended: `filtered WHAT OF`. WHAT becomes of the calls: errno, kill, trap, trace, or who is asked: late, never, enosys,
 * continue, or killable, where only being killed keeps from waiting for the answer, which comes after five seconds, or silent, where
 * it never does. OF is which: fork, wait, memfd, socket, or "most" for all but read, write and exit. `filtered strict` is strict mode,
 * where there are only those. "handled N" tells how often SIGSYS came: with "ignored" as the third argument it is. With "then" as that
 * the program that follows is executed with the filter instead. The end of its input ends it. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int handled;

static void take(int number, siginfo_t *info, void *context) {
  (void)number, (void)info, (void)context;
  handled++;
}

static int is(const char *one, const char *other) { return !strcmp(one, other); }

static void must(int good, const char *what) {
  if (good) return;
  perror(what);
  _exit(2);
}

/* Waits five seconds, or until who has asked is killed: then somebody else may ask. */
static void hesitate(int listener, unsigned long long id) {
  for (int tenths = 50; tenths > 0 && !ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id); tenths--)
    nanosleep(&(struct timespec){0, 100000000}, 0);
}

/* Answers whoever asks, in a process of its own that ends with the other. */
static void supervise(int listener, const char *what) {
  struct seccomp_notif ask;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == 1) _exit(0);
  for (;;) {
    memset(&ask, 0, sizeof ask);
    if (is(what, "never")) pause();
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &ask)) {
      if (errno == EINTR || errno == ENOENT) continue;
      _exit(0);
    }
    if (is(what, "silent")) pause();
    if (is(what, "killable")) hesitate(listener, ask.id);
    if (is(what, "late")) nanosleep(&(struct timespec){0, 150000000}, 0);
    struct seccomp_notif_resp answer = {.id = ask.id};
    if (is(what, "enosys")) answer.error = -ENOSYS;
    else answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
}

static const int forks[] = {SYS_clone, SYS_clone3,
#ifdef SYS_fork
                            SYS_fork, SYS_vfork,
#endif
                            -1};
static const int waits[] = {SYS_wait4, -1}, memfds[] = {SYS_memfd_create, -1}, sockets[] = {SYS_socket, SYS_socketpair, -1};
static const int few[] = {SYS_read, SYS_write, SYS_exit, SYS_exit_group, SYS_rt_sigreturn, -1};

static struct sock_filter program[32];
static int length;
static void add(struct sock_filter instruction) { program[length++] = instruction; }

static void build(const char *what, const char *of) {
  unsigned verdict = is(what, "errno")   ? SECCOMP_RET_ERRNO | EPERM
                     : is(what, "kill")  ? SECCOMP_RET_KILL_PROCESS
                     : is(what, "trap")  ? SECCOMP_RET_TRAP
                     : is(what, "trace") ? SECCOMP_RET_TRACE
                                         : SECCOMP_RET_USER_NOTIF;
  const int *calls = is(of, "fork") ? forks : is(of, "wait") ? waits : is(of, "memfd") ? memfds : is(of, "socket") ? sockets : few;
  unsigned listed = calls == few ? SECCOMP_RET_ALLOW : verdict, others = calls == few ? verdict : SECCOMP_RET_ALLOW;
  add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
  for (; *calls >= 0; calls++) {
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, *calls, 0, 1));
    add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, listed));
  }
  add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, others));
}

/* A listener is passed on to a process that was made before the filter holds for making any. */
static void install(const char *what) {
  struct sock_fprog filter = {length, program};
  int asks = is(what, "late") || is(what, "never") || is(what, "enosys") || is(what, "continue") ||
             is(what, "killable") || is(what, "silent");
  if (!asks) {
    must(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter), "filter");
    return;
  }
  /* The other process shares the table of descriptors, and looks into it until the listener is there. */
  int child = syscall(SYS_clone, 0x400 | SIGCHLD, 0, 0, 0, 0); /* CLONE_FILES */
  if (!child) {
    int found = -1;
    for (;;) {
      char path[32], target[64];
      for (int number = 3; number < 16; number++) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", number);
        long size = readlink(path, target, sizeof target - 1);
        if (size > 0 && (target[size] = 0, strstr(target, "seccomp"))) found = number;
      }
      if (found >= 0) supervise(found, what);
      if (getppid() == 1) _exit(0);
      nanosleep(&(struct timespec){0, 1000000}, 0);
    }
  }
  unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | (is(what, "killable") || is(what, "silent") ? 1u << 5 : 0);
  must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter) >= 0, "listener");
}

static void say(const char *text) {
  if (write(1, text, strlen(text)) < 0) syscall(SYS_exit, 3);
}

static void number(const char *what, long value) {
  char text[64], *at = text + sizeof text;
  unsigned long left = value < 0 ? -value : value;
  *--at = 0, *--at = '\n';
  do *--at = '0' + left % 10;
  while (left /= 10);
  if (value < 0) *--at = '-';
  say(what), say(at);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "", *of = argc > 2 ? argv[2] : "", *then = argc > 3 ? argv[3] : "";
  struct sigaction action = {.sa_sigaction = take, .sa_flags = SA_SIGINFO | SA_RESTART};
  char byte;
  sigaction(SIGSYS, &action, 0);
  if (is(then, "ignored")) signal(SIGSYS, SIG_IGN);
  must(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
  if (is(what, "strict")) {
    must(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT), "strict");
  } else {
    build(what, of);
    install(what);
  }
  if (is(then, "then")) must(execv(argv[4], argv + 4) >= 0, "execv");
  say("ready\n");
  if (syscall(SYS_read, 0, &byte, 1) == 1) {
    number("handled ", handled);
    long number_ = is(of, "memfd") ? SYS_memfd_create : is(of, "socket") ? SYS_socket : is(of, "most") ? SYS_getppid : SYS_clone;
    errno = 0;
    /* A child that comes into being after all ends at once. */
    long result = is(what, "strict") ? syscall(SYS_getppid) : syscall(number_, number_ == SYS_clone ? SIGCHLD : -1, 0, -1, 0, 0);
    if (!result) syscall(SYS_exit, 0);
    number("tried ", result < 0 ? -errno : 1);
    number("handled ", handled);
  }
  while (syscall(SYS_read, 0, &byte, 1) > 0);
  syscall(is(what, "strict") ? SYS_exit : SYS_exit_group, 0);
}
