/* Says who it is: real, effective and saved user. */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

int main(void) {
  uid_t real, effective, saved;
  getresuid(&real, &effective, &saved);
  printf("%u %u %u\n", real, effective, saved);
  return 0;
}
