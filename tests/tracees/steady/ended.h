/* Waits without a limit, which the partner ends. */
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/msg.h>

/* What a wait gave that the partner should have ended. */
static int check_ended(const char *mode, long result, int error, long wanted) {
  partner_check(mode);
  return check_result(mode, result, error, wanted, 0);
}

static int *shared_word;
static void wake(int round) {
  acts(round);
  *(volatile int *)shared_word = round;
  syscall(SYS_futex, shared_word, FUTEX_WAKE, 1, 0, 0, 0);
}
static const char *prepare_futex_woken(void) {
  shared_word = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  partner_start(wake, 0);
  return 0;
}
static void round_futex_woken(const char *mode, long milliseconds) {
  (void)milliseconds;
  int value = *shared_word;
  partner_ask();
  long result = syscall(SYS_futex, shared_word, FUTEX_WAIT, value, 0, 0, 0);
  int error = errno;
  /* A wait that was begun again after the word had changed says so, and whoever uses a futex knows that. */
  check_ended(mode, result < 0 && error == EAGAIN ? 0 : result, error, 0);
}

/* Numbered bytes, in rounds of twenty, 5 ms apart: each must come, once and in order. */
enum { BYTES = 20 };
static int pipe_ends[2];
static void write_bytes(int round) {
  for (int i = 0; i < BYTES; i++) {
    unsigned char byte = round * BYTES + i;
    if (!i) acts(round);
    if (write(pipe_ends[1], &byte, 1) != 1) noticed("the partner could not write");
    rest(5);
  }
}
static const char *prepare_read(void) {
  must("pipe", pipe2(pipe_ends, O_CLOEXEC));
  partner_start(write_bytes, 0);
  return 0;
}
static void round_read(const char *mode, long milliseconds) {
  (void)milliseconds;
  partner_ask();
  for (int i = 0; i < BYTES; i++) {
    unsigned char byte = 0;
    long result = read(pipe_ends[0], &byte, 1);
    int error = errno;
    if (!i) partner_check(mode);
    if (!check_result(mode, result, error, 1, 0)) i--;
    else if (byte != (unsigned char)(partnership->asked * BYTES + i)) noticed("%s gave another byte than the next", mode);
  }
}

static void touch(int round) {
  acts(round);
  /* Where the process stands in the file is not moved. */
  if (pwrite(object, "", 1, 0) != 1) noticed("the partner could not write");
}

/* Whether writing to a file is told by what watches its name. */
static int is_told(int watcher, const char *path, int file) {
  struct inotify_event event;
  struct pollfd told_of = {watcher, POLLIN, 0};
  if (file < 0 || inotify_add_watch(watcher, path, IN_MODIFY) < 0 || write(file, "", 1) != 1) return 0;
  lseek(file, 0, SEEK_SET);
  return poll(&told_of, 1, 0) == 1 && read(watcher, &event, sizeof event) == sizeof event;
}

/* A file that nobody else touches: one without a name where that can be had. Newer kernels tell of such a one only what is
 * done by a descriptor that was opened by a path. */
static int private_file(int watcher) {
  char path[32], name[] = "/tmp/steady-XXXXXX";
  int nameless = syscall(SYS_memfd_create, "steady", 1);
  snprintf(path, sizeof path, "/proc/self/fd/%d", nameless);
  int file = open(path, O_RDWR | O_CLOEXEC);
  int works = is_told(watcher, path, file);
  close(nameless);
  if (works) return file;
  close(file);
  file = mkostemp(name, O_CLOEXEC);
  works = is_told(watcher, name, file);
  if (file >= 0) unlink(name);
  return works ? file : -1;
}
static const char *prepare_inotify(void) {
  ends[0] = inotify_init1(IN_CLOEXEC);
  if (ends[0] < 0) return error_name(errno);
  object = private_file(ends[0]);
  if (object < 0) return "no file to watch";
  partner_start(touch, 0);
  return 0;
}
static void round_inotify(const char *mode, long milliseconds) {
  (void)milliseconds;
  struct inotify_event event;
  partner_ask();
  long result = read(ends[0], &event, sizeof event);
  if (check_ended(mode, result, errno, sizeof event) && event.mask != IN_MODIFY) noticed("%s gave event %#x", mode, event.mask);
  lseek(object, 0, SEEK_SET);
}

static struct sockaddr_un there;
static socklen_t there_length = sizeof there;
static void make_connection(int round) {
  int end = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  acts(round);
  if (connect(end, (struct sockaddr *)&there, there_length)) noticed("the partner could not connect");
  close(end);
}
static const char *prepare_accept(void) {
  object = listener();
  getsockname(object, (struct sockaddr *)&there, &there_length);
  partner_start(make_connection, 0);
  return 0;
}
static void round_accept(const char *mode, long milliseconds) {
  (void)milliseconds;
  partner_ask();
  int connection = accept4(object, 0, 0, SOCK_CLOEXEC);
  int error = errno;
  check_ended(mode, connection < 0 ? -1 : 0, error, 0);
  if (connection >= 0) close(connection);
}

static void send_number(int round) {
  acts(round);
  if (send(ends[1], &round, sizeof round, 0) != sizeof round) noticed("the partner could not send");
}
static const char *prepare_recv(void) {
  must("socketpair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  partner_start(send_number, 0);
  return 0;
}
static void send_to(int round) {
  acts(round);
  if (sendto(ends[1], &round, sizeof round, 0, (struct sockaddr *)&there, there_length) != sizeof round)
    noticed("the partner could not send");
}
static const char *prepare_recvfrom(void) {
  struct sockaddr_un nameless = {.sun_family = AF_UNIX};
  for (int i = 0; i < 2; i++) {
    ends[i] = must("socket", socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    must("bind", bind(ends[i], (struct sockaddr *)&nameless, sizeof nameless.sun_family));
  }
  getsockname(ends[0], (struct sockaddr *)&there, &there_length);
  partner_start(send_to, 0);
  return 0;
}
static void round_recv(const char *mode, long milliseconds) {
  (void)milliseconds;
  int number = 0;
  struct sockaddr_un from;
  socklen_t length = sizeof from;
  partner_ask();
  long result = recvfrom(ends[0], &number, sizeof number, 0, (struct sockaddr *)&from, &length);
  if (check_ended(mode, result, errno, sizeof number) && number != partnership->asked)
    noticed("%s gave another number than was sent", mode);
}

struct message {
  long type;
  int number;
};
static void send_message(int round) {
  struct message message = {1, round};
  acts(round);
  if (msgsnd(object, &message, sizeof message.number, 0)) noticed("the partner could not send");
}
static void remove_queue(void) { msgctl(object, IPC_RMID, 0); }
static const char *prepare_msgrcv(void) {
  object = msgget(IPC_PRIVATE, 0600);
  if (object < 0) return error_name(errno);
  partner_start(send_message, remove_queue);
  return 0;
}
static void round_msgrcv(const char *mode, long milliseconds) {
  (void)milliseconds;
  struct message message = {0};
  partner_ask();
  long result = msgrcv(object, &message, sizeof message.number, 0, 0);
  if (check_ended(mode, result, errno, sizeof message.number) && message.number != partnership->asked)
    noticed("%s gave another number than was sent", mode);
}

/* The two ends of a pipe are two open files of one inode: a lock on one keeps off the other, without a file system. The
 * partner has the lock when it is asked, and gives it up; it takes it again when it is told that all is over. */
static void (*lock)(int);
static void give_up(int round) {
  acts(round);
  lock(LOCK_UN);
  while (partnership->done < round) rest(1);
  lock(LOCK_EX);
  partnership->finished = round;
}
static void lock_whole(int how) {
  if (flock(pipe_ends[1], how)) noticed("the partner could not lock");
}
static void lock_range(int how) {
  struct flock range = {.l_type = how == LOCK_UN ? F_UNLCK : F_WRLCK, .l_len = 1};
  if (fcntl(object, F_SETLKW, &range)) noticed("the partner could not lock");
}
static void give_up_at_first(int round) {
  if (round > 1) {
    give_up(round);
    return;
  }
  /* The first time is only for taking it. */
  acts(round);
  lock(LOCK_EX);
  partnership->finished = round;
}
static void await_partner(void) {
  while (partnership->finished < partnership->asked) rest(1);
}
static const char *prepare_locked(void) {
  partner_start(give_up_at_first, 0);
  partner_ask();
  await_partner();
  return 0;
}
static const char *prepare_flock(void) {
  must("pipe", pipe2(pipe_ends, O_CLOEXEC));
  lock = lock_whole;
  return flock(pipe_ends[1], LOCK_EX | LOCK_NB) || flock(pipe_ends[1], LOCK_UN) ? error_name(errno) : prepare_locked();
}
static const char *prepare_setlkw(void) {
  object = syscall(SYS_memfd_create, "steady", 1);
  if (object < 0) return error_name(errno);
  lock = lock_range;
  return prepare_locked();
}
static void lock_over(void) {
  partnership->done = partnership->asked;
  await_partner();
}
static void round_flock(const char *mode, long milliseconds) {
  (void)milliseconds;
  partner_ask();
  long result = flock(pipe_ends[0], LOCK_EX);
  check_ended(mode, result, errno, 0);
  flock(pipe_ends[0], LOCK_UN);
  lock_over();
}
static void round_setlkw(const char *mode, long milliseconds) {
  (void)milliseconds;
  struct flock range = {.l_type = F_WRLCK, .l_len = 1};
  partner_ask();
  long result = fcntl(object, F_SETLKW, &range);
  check_ended(mode, result, errno, 0);
  range.l_type = F_UNLCK;
  fcntl(object, F_SETLK, &range);
  lock_over();
}
