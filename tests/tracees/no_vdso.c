/* Takes its vDSO away ("gone") or elsewhere ("moved"), says "ready", and sleeps and works in turn until its input ends; then it
 * exits with 0, or with 1 if a sleep ended early or otherwise than by its time, a sum was wrong, or it has a child. No library. */
#include <elf.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>

static long call(long number, long a, long b, long c, long d, long e) {
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e;
  __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
  return number;
}

static long now(void) {
  struct timespec time;
  call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&time, 0, 0, 0);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

static int round(void) {
  struct timespec time = {0, 50000000};
  long begun = now(), bad = call(SYS_nanosleep, (long)&time, 0, 0, 0, 0) != 0 || now() - begun < 50000000;
  unsigned long sum = 0;
  for (unsigned long i = 0; i < 20000000; i++) {
    sum += i;
    __asm__ volatile("" : "+r"(sum));
  }
  return bad || sum != 199999990000000;
}

__attribute__((used)) static void run(long *stack) {
  char **at = (char **)stack + 1, moved = at[1][0] == 'm', byte;
  int bad = 0;
  while (*at++);
  while (*at++);
  Elf64_auxv_t *entry = (Elf64_auxv_t *)at;
  while (entry->a_type != AT_SYSINFO_EHDR && entry->a_type) entry++;
  long from = entry->a_un.a_val, size = 0x2000, to = 0x10000000;
  long done = moved ? call(SYS_mremap, from, size, size, 3, to) != to : call(SYS_munmap, from, size, 0, 0, 0) != 0;
  if (done) call(SYS_exit_group, 2, 0, 0, 0, 0);
  call(SYS_write, 1, (long)"ready\n", 6, 0, 0);
  for (;;) {
    struct pollfd end = {0, POLLIN, 0};
    if (call(SYS_poll, (long)&end, 1, 0, 0, 0) > 0 && call(SYS_read, 0, (long)&byte, 1, 0, 0) <= 0) break;
    bad |= round();
  }
  bad |= call(SYS_wait4, -1, 0, 0x40000001, 0, 0) != -10;
  call(SYS_exit_group, bad, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call run\n");
