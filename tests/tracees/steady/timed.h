/* Waits that end when their time is over: not before, and not much later, and with what says so. */
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>

/* What a mode waits on. */
static int object = -1;

/* A wait, with what it gives when its time is over. */
#define TIMED(name, wanted, wanted_error, ticks, call) \
  static void round_##name(const char *mode, long milliseconds) { \
    struct timespec time = interval(milliseconds); \
    (void)time; \
    long begun = now(); \
    errno = 0; \
    long result = (call); \
    int error = errno; \
    if (check_result(mode, result, error, wanted, wanted_error)) check_time(mode, begun, milliseconds, ticks); \
  }

/* The library would make other calls of these. */
TIMED(nanosleep, 0, 0, 0, syscall(SYS_nanosleep, &time, 0))
#ifdef SYS_select
TIMED(select, 0, 0, 0, syscall(SYS_select, 0, 0, 0, 0, &(struct timeval){0, milliseconds * 1000}))
#else
TIMED(select, 0, 0, 0, select(0, 0, 0, 0, &(struct timeval){0, milliseconds * 1000}))
#endif
TIMED(poll, 0, 0, 0, poll(0, 0, milliseconds))

static struct timespec after(long begun, long milliseconds) {
  long at = begun + milliseconds * MILLISECOND;
  return (struct timespec){at / 1000000000, at % 1000000000};
}

/* This one gives the error itself. */
static long sleep_until(struct timespec at) { return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, 0); }
TIMED(clock_nanosleep, 0, 0, 0, sleep_until(after(begun, milliseconds)))

static sigset_t during;

/* With another mask while it waits: what puts back the wrong one of the two is seen. */
static const char *prepare_mask(void) {
  sigemptyset(&during);
  sigaddset(&during, SIGUSR1);
  sigaddset(&during, SIGWINCH);
  return 0;
}
TIMED(ppoll, 0, 0, 0, ppoll(0, 0, &time, &during))
TIMED(pselect, 0, 0, 0, pselect(0, 0, 0, 0, &time, &during))

static const char *prepare_epoll(void) {
  object = must("epoll_create1", epoll_create1(EPOLL_CLOEXEC));
  return prepare_mask();
}
TIMED(epoll_wait, 0, 0, 0, epoll_wait(object, &(struct epoll_event){0}, 1, milliseconds))
TIMED(epoll_pwait, 0, 0, 0, epoll_pwait(object, &(struct epoll_event){0}, 1, milliseconds, &during))

static const char *prepare_sigtimedwait(void) {
  block(SIGUSR2, SIG_BLOCK);
  sigemptyset(&during);
  sigaddset(&during, SIGUSR2);
  return 0;
}
TIMED(sigtimedwait, -1, EAGAIN, 0, sigtimedwait(&during, 0, &time))

static int word;
TIMED(futex, -1, ETIMEDOUT, 0, syscall(SYS_futex, &word, FUTEX_WAIT, 0, &time, 0, 0))

static void limit(int socket, long milliseconds) {
  struct timeval time = {0, milliseconds * 1000};
  must("SO_RCVTIMEO", setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
}

/* A name of the kernel's choice, for which no file system is needed. */
static int listener(void) {
  struct sockaddr_un nameless = {.sun_family = AF_UNIX};
  int socket_ = must("socket", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  must("bind", bind(socket_, (struct sockaddr *)&nameless, sizeof nameless.sun_family));
  must("listen", listen(socket_, 8));
  return socket_;
}
static const char *prepare_accept_timed(void) {
  object = listener();
  return 0;
}
TIMED(accept_timed, -1, EAGAIN, 1, (limit(object, milliseconds), begun = now(), accept4(object, 0, 0, SOCK_CLOEXEC)))

static int ends[2];
static const char *prepare_recv_timed(void) {
  must("socketpair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  return 0;
}
TIMED(recv_timed, -1, EAGAIN, 1, (limit(ends[0], milliseconds), begun = now(), recv(ends[0], &(char){0}, 1, 0)))

static void acts_nothing(int round) { (void)round; }
static void remove_set(void) { semctl(object, 0, IPC_RMID); }
static const char *prepare_semtimedop(void) {
  object = semget(IPC_PRIVATE, 1, 0600);
  if (object < 0) return error_name(errno);
  /* Nobody else would remove it if this process was killed. */
  partner_start(acts_nothing, remove_set);
  return 0;
}
TIMED(semtimedop, -1, EAGAIN, 0, semtimedop(object, &(struct sembuf){0, -1, 0}, 1, &time))

static aio_context_t aio;
static const char *prepare_io_getevents(void) {
  return syscall(SYS_io_setup, 1, &aio) ? error_name(errno) : 0;
}
TIMED(io_getevents, 0, 0, 0, syscall(SYS_io_getevents, aio, 1, 1, &(struct io_event){0}, &time))

static const char *prepare_mq(void) {
  char name[32];
  struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 8};
  snprintf(name, sizeof name, "/steady-%d", getpid());
  object = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attributes);
  if (object < 0) return error_name(errno);
  mq_unlink(name);
  return 0;
}
/* Its limit is of the clock of the day. */
static long mq_receive_for(long milliseconds) {
  struct timespec at;
  char message[8];
  clock_gettime(CLOCK_REALTIME, &at);
  at.tv_nsec += milliseconds * MILLISECOND;
  at.tv_sec += at.tv_nsec / 1000000000;
  at.tv_nsec %= 1000000000;
  return mq_timedreceive(object, message, sizeof message, 0, &at);
}
TIMED(mq_timedreceive, -1, ETIMEDOUT, 0, mq_receive_for(milliseconds))

/* The smallest ring: one timeout is put in, and waited for in a call of its own. One that both puts in and waits says that it
 * has put in when it is interrupted, and could not be made again. */
static struct io_uring_params ring;
static struct io_uring_sqe *entries;
static char *submissions, *completions;

static void *ring_map(size_t size, long offset) {
  void *at = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, object, offset);
  return at == MAP_FAILED ? (must("io_uring's memory", -1), at) : at;
}

static const char *prepare_io_uring(void) {
  object = syscall(SYS_io_uring_setup, 1, &ring);
  if (object < 0) return error_name(errno);
  submissions = ring_map(ring.sq_off.array + ring.sq_entries * 4, IORING_OFF_SQ_RING);
  completions = ring_map(ring.cq_off.cqes + ring.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
  entries = ring_map(ring.sq_entries * sizeof *entries, IORING_OFF_SQES);
  return 0;
}

#define RING(which, at) ((_Atomic unsigned *)(which + ring.at))

static void round_io_uring_enter(const char *mode, long milliseconds) {
  struct __kernel_timespec time = {milliseconds / 1000, milliseconds % 1000 * MILLISECOND};
  unsigned tail = *RING(submissions, sq_off.tail), head = *RING(completions, cq_off.head);
  long begun = now();
  *entries = (struct io_uring_sqe){.opcode = IORING_OP_TIMEOUT, .addr = (uintptr_t)&time, .len = 1, .user_data = tail};
  RING(submissions, sq_off.array)[tail % ring.sq_entries] = 0;
  *RING(submissions, sq_off.tail) = tail + 1;
  long put = syscall(SYS_io_uring_enter, object, 1, 0, 0, 0, 0);
  if (!check_result("putting in a timeout", put, errno, 1, 0)) return;
  long result = syscall(SYS_io_uring_enter, object, 0, 1, IORING_ENTER_GETEVENTS, 0, 0);
  if (check_result(mode, result, errno, 0, 0)) check_time(mode, begun, milliseconds, 0);
  /* It lies on this stack. */
  while (*RING(completions, cq_off.tail) == head) rest(1);
  struct io_uring_cqe *event = &((struct io_uring_cqe *)(completions + ring.cq_off.cqes))[head % ring.cq_entries];
  if (event->user_data != tail || event->res != -ETIME) noticed("%s gave event %d", mode, event->res);
  *RING(completions, cq_off.head) = head + 1;
}
