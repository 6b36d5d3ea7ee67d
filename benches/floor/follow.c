/* The least that following a tree of processes can cost: every fork, vfork, clone, exec and exit stops the process, and it
   is let go on at once, as by forktop's tracer, which asks for these events and no others. Nothing is read of it and nothing
   is told. `follow PROGRAM [ARGUMENTS]` */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  EVENTS = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT,
};

/* A signal that the process is to get has no event above it in the status. */
static int signal_of(int status) {
  int is_event = status >> 16 != 0;
  return is_event ? 0 : WSTOPSIG(status);
}

int main(int count, char **words) {
  if (count < 2) return 125;
  int gate[2];
  if (pipe(gate)) return 125;
  pid_t first = fork();
  if (first == 0) {
    char go;
    close(gate[1]);
    if (read(gate[0], &go, 1) != 1) _exit(125);
    close(gate[0]);
    execvp(words[1], words + 1);
    _exit(127);
  }
  close(gate[0]);
  if (ptrace(PTRACE_SEIZE, first, 0, EVENTS)) return perror("seize"), 125;
  if (write(gate[1], "", 1) != 1) return 125;
  close(gate[1]);

  int code = 125;
  for (;;) {
    int status;
    pid_t here = waitpid(-1, &status, __WALL);
    if (here < 0) {
      if (errno == EINTR) continue;
      return code;
    }
    if (!WIFSTOPPED(status)) {
      if (here == first) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      continue;
    }
    int is_stop_of_group = status >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP;
    if (is_stop_of_group)
      ptrace(PTRACE_LISTEN, here, 0, 0);
    else
      ptrace(PTRACE_CONT, here, 0, signal_of(status));
  }
}
