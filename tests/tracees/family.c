/* Makes two children that have a thread each, and two threads; says the numbers of the children and of a thread. Its input then
   has that thread end alone ('t'), or the leader ('l'). What is not ended waits. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static int ends[2];
static int told[2];

static void *wait_for_ever(void *unused) {
  for (;;) pause();
  return unused;
}

static void *wait_for_end(void *unused) {
  char byte;
  int number = syscall(SYS_gettid);
  if (write(told[1], &number, sizeof number) < 0) _exit(1);
  if (read(ends[0], &byte, 1) < 0) _exit(1);
  return unused;
}

static int child(void) {
  pthread_t thread;
  int number = fork();
  if (number) return number;
  pthread_create(&thread, 0, wait_for_ever, 0);
  if (write(told[1], &number, sizeof number) < 0) _exit(1);
  wait_for_ever(0);
  return 0;
}

int main(void) {
  pthread_t thread;
  char byte = 0;
  int first, second, number;
  if (pipe(ends) || pipe(told)) return 1;
  first = child();
  second = child();
  for (int i = 0; i < 2; i++)
    if (read(told[0], &number, sizeof number) < 0) return 1;
  pthread_create(&thread, 0, wait_for_ever, 0);
  pthread_create(&thread, 0, wait_for_end, 0);
  if (read(told[0], &number, sizeof number) < 0) return 1;
  printf("%d %d %d\n", first, second, number);
  fflush(stdout);
  while (read(0, &byte, 1) > 0) {
    if (byte == 't' && write(ends[1], &byte, 1) < 0) return 1;
    if (byte == 'l') pthread_exit(0);
  }
  wait_for_ever(0);
}
