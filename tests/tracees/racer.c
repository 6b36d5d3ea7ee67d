/* Has several threads, says "ready", and at each byte that it reads does something sudden: `racer WAY`. "exec": its first thread
 * executes it anew; "thread_exec": another thread does; "exit": another thread ends the process; "thread_exit": the first
 * thread ends, and a second later the others. What was executed anew says "anew" when its input ends, and exits with 7. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **arguments;
static int go[2];

static void again(void) {
  execl("/proc/self/exe", arguments[0], "anew", (char *)0);
  _exit(9);
}

static void *other(void *nothing) {
  char byte;
  if (read(go[0], &byte, 1) != 1) return nothing;
  if (!strcmp(arguments[1], "thread_exec")) again();
  if (!strcmp(arguments[1], "exit")) _exit(7);
  sleep(1);
  _exit(7);
}

static void *idle(void *nothing) {
  for (;;) pause();
  return nothing;
}

int main(int argc, char **argv) {
  char byte;
  pthread_t thread;
  if (argc < 2) return 2;
  arguments = argv;
  if (!strcmp(argv[1], "anew")) {
    while (read(0, &byte, 1) > 0);
    if (write(1, "anew\n", 5) != 5) return 3;
    return 7;
  }
  if (pipe(go)) return 2;
  for (int i = 0; i < 3; i++) pthread_create(&thread, 0, i ? idle : other, 0);
  if (write(1, "ready\n", 6) != 6) return 3;
  if (read(0, &byte, 1) != 1) return 3;
  if (!strcmp(argv[1], "exec")) again();
  if (write(go[1], "", 1) != 1) return 3;
  if (!strcmp(argv[1], "thread_exit")) pthread_exit(0);
  for (;;) pause();
}
