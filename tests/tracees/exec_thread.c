/* Executes itself anew `rounds` times, each time from a thread that is not the leader, among eight that run. In odd rounds
 * the leader has ended by then. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int rounds;
static char *self;
static pthread_barrier_t all;

static void *idle(void *unused) {
  pthread_barrier_wait(&all);
  for (;;) getppid();
  return unused;
}

static void *execute(void *unused) {
  char number[16];
  pthread_barrier_wait(&all);
  snprintf(number, sizeof number, "%d", rounds - 1);
  execl(self, self, number, (char *)0);
  _exit(99);
  return unused;
}

int main(int argc, char **argv) {
  pthread_t thread;
  rounds = argc > 1 ? atoi(argv[1]) : 0;
  if (rounds <= 0) return 7;
  self = argv[0];
  pthread_barrier_init(&all, 0, 9);
  for (int i = 0; i < 8; i++) pthread_create(&thread, 0, i == 5 ? execute : idle, 0);
  pthread_barrier_wait(&all);
  if (rounds % 2) pthread_exit(0);
  for (;;) getppid();
}
