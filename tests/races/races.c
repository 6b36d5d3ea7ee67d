/* races KIND PORT TRIES: changes under a call what the call names, while another thread makes the call, and prints how
 * often the change was what came of it: "escapes: N of TRIES". PORT is granted, PORT + 1 is not. Whether a `message` came
 * there is seen there. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in address = {.sin_family = AF_INET};
static int granted, other, number, sources[2];
static atomic_int done;

static void *change_the_port(void *ignored) {
  (void)ignored;
  volatile in_port_t *port = &address.sin_port;
  while (!done) *port = htons(granted), *port = htons(other);
  return NULL;
}
static void *change_the_descriptor(void *ignored) {
  (void)ignored;
  while (!done) dup2(sources[0], number), dup2(sources[1], number);
  return NULL;
}
static int new_socket(int kind) {
  int s = socket(AF_INET, kind, 0), one = 1;
  if (s < 0) perror("socket"), exit(2);
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  return s;
}
static int port_of(int s) {
  struct sockaddr_in own = {0};
  socklen_t length = sizeof own;
  return getsockname(s, (void *)&own, &length) ? -1 : ntohs(own.sin_port);
}
/* Binds an address of which the port changes. */
static int bound_elsewhere(void) {
  int s = new_socket(SOCK_STREAM);
  int escaped = !bind(s, (void *)&address, sizeof address) && port_of(s) != granted;
  close(s);
  return escaped;
}
static int listens(int s) {
  int is = 0;
  socklen_t length = sizeof is;
  return !getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, &is, &length) && is;
}
/* Connects to an address of which the port changes; where it may, nobody listens. */
static int connected_elsewhere(void) {
  int s = new_socket(SOCK_STREAM), escaped;
  struct linger at_once = {1, 0};
  setsockopt(s, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  escaped = !connect(s, (void *)&address, sizeof address);
  close(s);
  return escaped;
}
/* Sends to an address of which the port changes. */
static void send_elsewhere(int s, long count) {
  struct iovec data = {"x", 1};
  struct mmsghdr message = {.msg_hdr = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &data, .msg_iovlen = 1}};
  if (count % 3 == 0) sendto(s, "x", 1, 0, (void *)&address, sizeof address);
  if (count % 3 == 1) sendmsg(s, &message.msg_hdr, 0);
  if (count % 3 == 2) sendmmsg(s, &message, 1, 0);
}
/* Listens with a descriptor that is now a socket that may, now one that has no port. */
static int listening_without_a_port(void) {
  listen(number, 1);
  if (!listens(sources[1])) return 0;
  int fresh = new_socket(SOCK_STREAM);
  dup2(fresh, sources[1]);
  close(fresh);
  return 1;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  int by_descriptor = !strcmp(arguments[1], "descriptor"), connects = !strcmp(arguments[1], "destination");
  int sends = !strcmp(arguments[1], "message") ? new_socket(SOCK_DGRAM) : -1;
  if (connects || sends >= 0) inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  granted = atoi(arguments[2]), other = granted + 1;
  long tries = atol(arguments[3]), escapes = 0;
  address.sin_port = htons(granted);
  if (by_descriptor) {
    sources[0] = new_socket(SOCK_STREAM), sources[1] = new_socket(SOCK_STREAM);
    if (bind(sources[0], (void *)&address, sizeof address)) return perror("bind"), 2;
    number = dup(sources[0]);
  }
  pthread_t thread;
  pthread_create(&thread, NULL, by_descriptor ? change_the_descriptor : change_the_port, NULL);
  for (long i = 0; i < tries; i++)
    if (sends >= 0) send_elsewhere(sends, i);
    else escapes += by_descriptor ? listening_without_a_port() : connects ? connected_elsewhere() : bound_elsewhere();
  done = 1;
  pthread_join(thread, NULL);
  printf("escapes: %ld of %ld\n", escapes, tries);
}
