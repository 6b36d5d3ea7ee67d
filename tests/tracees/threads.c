/* Makes threads that wait, says so, and ends with 0 when its input does. With a second argument the leader ends first. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *wait_for_end(void *unused) {
  char byte;
  while (read(0, &byte, 1) > 0) continue;
  _exit(0);
  return unused;
}

int main(int argc, char **argv) {
  pthread_t thread;
  for (int i = argc > 1 ? atoi(argv[1]) : 1; i > 0; i--) pthread_create(&thread, 0, wait_for_end, 0);
  puts("ready");
  fflush(stdout);
  if (argc > 2) pthread_exit(0);
  wait_for_end(0);
}
