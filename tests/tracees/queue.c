/* Takes real-time signals by a handler and says in which order they came, with their values, once the last value is there.
 * It is ready when it says so. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t count;
static int values[4096], numbers[4096];

static void take(int number, siginfo_t *info, void *context) {
  (void)context;
  numbers[count] = number;
  values[count] = info->si_value.sival_int;
  count++;
}

int main(int argc, char **argv) {
  int wanted = argc > 1 ? atoi(argv[1]) : 1;
  struct sigaction action = {.sa_sigaction = take, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigset_t all, before;
  sigfillset(&action.sa_mask);
  sigfillset(&all);
  for (int number = SIGRTMIN; number <= SIGRTMAX; number++) sigaction(number, &action, 0);
  sigprocmask(SIG_BLOCK, &all, &before);
  puts("ready");
  fflush(stdout);
  while (count < wanted) sigsuspend(&before);
  for (int i = 0; i < count; i++) printf("%d:%d ", numbers[i], values[i]);
  puts("");
  return 0;
}
