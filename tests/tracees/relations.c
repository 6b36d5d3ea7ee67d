/* Makes a process in a way that is given by name. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void pause_for(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&time, 0);
}

static long clone_with(unsigned long flags) { return syscall(SYS_clone, flags, 0, 0, 0, 0); }

int main(int argc, char **argv) {
  char *program[] = {"/bin/true", 0};
  pid_t child = 0;
  if (argc < 2) return 2;
  if (!strcmp(argv[1], "vfork")) {
    if (!(child = vfork())) {
      execv(program[0], program);
      _exit(99);
    }
  } else if (!strcmp(argv[1], "vfork_waits")) {
    if (!vfork()) {
      pause_for(20000);
      _exit(0);
    }
    return 0;
  } else if (!strcmp(argv[1], "posix_spawn")) {
    posix_spawn(&child, program[0], 0, 0, program, environ);
  } else if (!strcmp(argv[1], "parent")) {
    /* A middle process makes a child of this one. */
    if (!(child = fork())) {
      if (!clone_with(CLONE_PARENT | SIGCHLD)) _exit(5);
      _exit(6);
    }
    int status;
    waitpid(-1, &status, 0);
    child = -1;
  } else if (!strcmp(argv[1], "clone3")) {
    unsigned long long arguments[11] = {[4] = SIGCHLD};
    if (!(child = syscall(SYS_clone3, arguments, sizeof arguments))) _exit(5);
  } else if (!strcmp(argv[1], "no_signal")) {
    if (!(child = clone_with(0))) _exit(5);
    waitpid(child, 0, __WALL);
    return 0;
  } else if (!strcmp(argv[1], "untraced")) {
    /* Withheld from a tracer, with a child of its own; both outlive this. */
    if (!clone_with(CLONE_UNTRACED | SIGCHLD)) {
      if (!fork()) {
        pause_for(400);
        _exit(5);
      }
      pause_for(400);
      execv(program[0], program);
    }
    pause_for(100);
    return 0;
  } else if (!strcmp(argv[1], "untraced_kept")) {
    /* Told of when another child ends. */
    if (!clone_with(CLONE_UNTRACED | SIGCHLD)) {
      pause_for(500);
      _exit(5);
    }
    if (!fork()) _exit(0);
    pause_for(100);
    waitpid(-1, 0, 0);
    waitpid(-1, 0, 0);
    return 0;
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}
