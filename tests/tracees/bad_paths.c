/* Executes a path that the end of its memory cuts off, and one that is no address, and exits with 6. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
  long page = sysconf(_SC_PAGESIZE);
  char *none[] = {0};
  char *memory = mmap(0, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *path = memory + page - 96;
  munmap(memory + page, page);
  memset(path, 'a', 96);
  execve(path, none, none);
  execve((char *)1, none, none);
  return 6;
}
