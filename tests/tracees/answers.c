/* Waits under a filter of system calls. The first argument is what that does: `errno` (EACCES), `kill`, `thread` or `trap`; the others are
 * the calls that it does that to, or `-` and the calls that it does not. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where there is no such call, it is this one that pause(2) makes. */
#ifndef SYS_pause
#define SYS_pause SYS_ppoll
#endif

static const struct {
  const char *name;
  int number;
} calls[] = {
    {"openat", SYS_openat}, {"socket", SYS_socket}, {"connect", SYS_connect},       {"execve", SYS_execve},
    {"kill", SYS_kill},     {"mount", SYS_mount},   {"write", SYS_write},           {"pause", SYS_pause},
    {"read", SYS_read},     {"clone", SYS_clone},   {"exit_group", SYS_exit_group}, {"wait4", SYS_wait4},
    {"getdents64", SYS_getdents64},
};

static int number(const char *name) {
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (!strcmp(calls[i].name, name)) return calls[i].number;
  _exit(2);
}

static unsigned action(const char *name) {
  if (!strcmp(name, "errno")) return SECCOMP_RET_ERRNO | EACCES;
  if (!strcmp(name, "kill")) return SECCOMP_RET_KILL_PROCESS;
  if (!strcmp(name, "thread")) return SECCOMP_RET_KILL_THREAD;
  if (!strcmp(name, "trap")) return SECCOMP_RET_TRAP;
  _exit(2);
}

int main(int argc, char **argv) {
  int others = argc > 2 && !strcmp(argv[2], "-");
  unsigned named = others ? SECCOMP_RET_ALLOW : action(argv[1]);
  unsigned rest = others ? action(argv[1]) : SECCOMP_RET_ALLOW;
  struct sock_filter filter[64] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
  unsigned short length = 1;
  for (int i = others ? 3 : 2; i < argc && length < 60; i++) {
    filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number(argv[i]), 0, 1);
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, named);
  }
  filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, rest);
  struct sock_fprog program = {length, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return 1;
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) return 1;
  write(1, "ready\n", 6);
  for (;;) syscall(SYS_pause, 0, 0, 0, 0, 0);
}
