/* Waits in one way for some milliseconds, and says what came of it: the result, the errno, and how long it took. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* When the wait began. */
static long before;

static void nothing(int signal) { (void)signal; }

static int limited_socket(int type, int milliseconds) {
  int ends[2];
  struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
  socketpair(AF_UNIX, type, 0, ends);
  setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return ends[0];
}

/* Nobody reads what it was sent, and no more goes in. */
static int full(int sender, int milliseconds) {
  struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
  char bytes[4096] = {0};
  setsockopt(sender, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  for (size_t size = sizeof bytes; size; size /= 2)
    while (send(sender, bytes, size, MSG_DONTWAIT) > 0);
  errno = 0;
  before = now();
  return sender;
}

static int full_socket(int type, int milliseconds) {
  int ends[2];
  socketpair(AF_UNIX, type, 0, ends);
  return full(ends[0], milliseconds);
}

static int full_connection(int milliseconds) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof here;
  int size = 8192;
  int listener = socket(AF_INET, SOCK_STREAM, 0), sender = socket(AF_INET, SOCK_STREAM, 0);
  /* Sizes that are chosen do not grow. */
  setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(sender, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  bind(listener, (struct sockaddr *)&here, sizeof here);
  listen(listener, 1);
  getsockname(listener, (struct sockaddr *)&here, &length);
  connect(sender, (struct sockaddr *)&here, sizeof here);
  accept(listener, 0, 0);
  /* Room can come of what was on its way, later. A sleep meanwhile would be taken for the wait. */
  do {
    long later = now() + 100;
    full(sender, milliseconds);
    while (now() < later);
  } while (send(sender, "", 1, MSG_DONTWAIT) == 1);
  return full(sender, milliseconds);
}

/* Nobody connects to it. */
static int limited_listener(int milliseconds) {
  struct sockaddr_un nameless = {.sun_family = AF_UNIX};
  struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  bind(listener, (struct sockaddr *)&nameless, sizeof nameless.sun_family);
  listen(listener, 1);
  setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return listener;
}

static long wait_by(const char *way, int milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  struct timeval interval = {time.tv_sec, time.tv_nsec / 1000};
  char byte[512];
#define IS(name) (!strcmp(way, name))
  if (IS("nanosleep")) return nanosleep(&time, 0);
  if (IS("clock_nanosleep")) return clock_nanosleep(CLOCK_MONOTONIC, 0, &time, 0);
  if (IS("poll")) return poll(0, 0, milliseconds);
  if (IS("ppoll")) return ppoll(0, 0, &time, 0);
  if (IS("select")) return select(0, 0, 0, 0, &interval);
  if (IS("epoll_wait")) {
    struct epoll_event event;
    return epoll_wait(epoll_create1(0), &event, 1, milliseconds);
  }
  if (IS("epoll_again")) {
    /* Behind one that a signal ends. */
    struct epoll_event event;
    int none = epoll_create1(0);
    if (epoll_wait(none, &event, 1, 60000) != -1 || errno != EINTR) return -2;
    errno = 0;
    before = now();
    return epoll_wait(none, &event, 1, milliseconds);
  }
  if (IS("epoll_pwait")) {
    struct epoll_event event;
    sigset_t mask;
    sigemptyset(&mask);
    return epoll_pwait(epoll_create1(0), &event, 1, milliseconds, &mask);
  }
  if (IS("epoll_pwait2")) {
    struct epoll_event event;
    return syscall(SYS_epoll_pwait2, epoll_create1(0), &event, 1, &time, 0, 0);
  }
  if (IS("io_getevents")) {
    aio_context_t context = 0;
    struct io_event event;
    if (syscall(SYS_io_setup, 1, &context)) return -2;
    return syscall(SYS_io_getevents, context, 1, 1, &event, &time);
  }
  if (IS("io_uring_enter")) {
    struct io_uring_params parameters = {0};
    struct io_uring_getevents_arg argument = {.ts = (unsigned long)&time};
    int ring = syscall(SYS_io_uring_setup, 1, &parameters);
    if (ring < 0) return -2;
    before = now();
    return syscall(SYS_io_uring_enter, ring, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument, sizeof argument);
  }
  if (IS("sigtimedwait")) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, 0);
    return sigtimedwait(&set, 0, &time);
  }
  if (IS("futex")) {
    int word = 0;
    return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &time, 0, 0);
  }
  if (IS("semtimedop")) {
    struct sembuf operation = {0, -1, 0};
    int set = semget(IPC_PRIVATE, 1, 0600);
    long result = semtimedop(set, &operation, 1, &time);
    int error = errno;
    semctl(set, 0, IPC_RMID);
    errno = error;
    return result;
  }
  if (IS("semop")) {
    /* Ends by what a child gives. */
    struct sembuf take = {0, -1, 0}, give = {0, 1, 0};
    int set = semget(IPC_PRIVATE, 1, 0600);
    if (!fork()) {
      nanosleep(&time, 0);
      semop(set, &give, 1);
      _exit(0);
    }
    long result = semop(set, &take, 1);
    int error = errno;
    semctl(set, 0, IPC_RMID);
    errno = error;
    return result;
  }
  if (IS("accept")) return accept(limited_listener(milliseconds), 0, 0);
  if (IS("accept4")) return accept4(limited_listener(milliseconds), 0, 0, SOCK_CLOEXEC);
  if (IS("recvmsg")) {
    struct iovec place = {byte, 1};
    struct msghdr message = {.msg_iov = &place, .msg_iovlen = 1};
    return recvmsg(limited_socket(SOCK_DGRAM, milliseconds), &message, 0);
  }
  if (IS("recv")) return recv(limited_socket(SOCK_STREAM, milliseconds), byte, 1, 0);
  struct iovec place = {byte, 1};
  struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &place, .msg_iovlen = 1}},
                                {.msg_hdr = {.msg_iov = &place, .msg_iovlen = 1}}};
  if (IS("recvmmsg")) return recvmmsg(limited_socket(SOCK_DGRAM, milliseconds), messages, 2, 0, 0);
  if (IS("readv")) return readv(limited_socket(SOCK_STREAM, milliseconds), &place, 1);
  if (IS("preadv2")) return preadv2(limited_socket(SOCK_STREAM, milliseconds), &place, 1, -1, 0);
  if (IS("send")) return send(full_socket(SOCK_STREAM, milliseconds), byte, 1, 0);
  if (IS("send_datagram")) return send(full_socket(SOCK_DGRAM, milliseconds), byte, 1, 0);
  if (IS("send_tcp")) return send(full_connection(milliseconds), byte, 1, 0);
  if (IS("sendmsg")) return sendmsg(full_socket(SOCK_SEQPACKET, milliseconds), &messages[0].msg_hdr, 0);
  if (IS("sendmmsg")) return sendmmsg(full_socket(SOCK_STREAM, milliseconds), messages, 2, 0);
  if (IS("write_socket")) return write(full_socket(SOCK_STREAM, milliseconds), byte, 1);
  if (IS("writev")) return writev(full_socket(SOCK_STREAM, milliseconds), &place, 1);
  if (IS("pwritev2")) return pwritev2(full_socket(SOCK_STREAM, milliseconds), &place, 1, -1, 0);
  if (IS("read_socket")) return read(limited_socket(SOCK_DGRAM, milliseconds), byte, 1);
  if (IS("inotify")) {
    /* Ends by a file that a child makes. */
    char name[] = "/tmp/tracee-inotify-XXXXXX";
    int notify = inotify_init1(0);
    if (!mkdtemp(name)) return -2;
    inotify_add_watch(notify, name, IN_CREATE);
    if (!fork()) {
      char file[64];
      snprintf(file, sizeof file, "%s/x", name);
      nanosleep(&time, 0);
      mkdir(file, 0700);
      rmdir(file);
      rmdir(name);
      _exit(0);
    }
    return read(notify, byte, sizeof byte) > 0 ? 0 : -1;
  }
  return -2;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  /* With a third argument there is a handler, which does interrupt. */
  struct sigaction action = {.sa_handler = nothing};
  if (argc > 3) sigaction(SIGUSR1, &action, 0);
  before = now();
  errno = 0;
  long result = wait_by(argv[1], atoi(argv[2]));
  int error = errno;
  printf("%ld %s %ld\n", result, result < 0 ? strerrorname_np(error) : "-", now() - before);
  return 0;
}
