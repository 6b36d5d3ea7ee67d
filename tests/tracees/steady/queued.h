/* Signals that are expected: each comes once, in order, with the value that was sent and from whom. */
#include <sys/signalfd.h>

enum { QUEUED_SIGNAL = 40, BURST = 40 };

/* The value that is to come. */
static volatile int next_value = 1;

static void check_value(int value, int pid, int code, int user) {
  if (value != next_value) noticed("a signal had the value %d instead of %d", value, next_value);
  if (pid != partner || code != SI_QUEUE || user != (int)getuid())
    noticed("a signal of process %d (code %d, user %d)", pid, code, user);
  next_value = value + 1;
}

static void value_came(siginfo_t *info) { check_value(info->si_value.sival_int, info->si_pid, info->si_code, info->si_uid); }

static void send_value(void) {
  union sigval value = {partnership->count + 1};
  /* The queue may be full, of what belongs to other processes of the user, too. */
  while (sigqueue(self, QUEUED_SIGNAL, value) && errno == EAGAIN) rest(1);
  partnership->count++;
}
static void send_one(int round) {
  acts(round);
  send_value();
  partnership->finished = round;
}

static void send_burst(int round) {
  acts(round);
  for (int i = 0; i < BURST; i++) {
    send_value();
    if (i % 4 == 0) rest(2);
  }
  partnership->finished = round;
}
static const char *prepare_signals(void) {
  wanted[QUEUED_SIGNAL] = value_came;
  partner_start(send_burst, 0);
  return 0;
}
static void round_signals(const char *mode, long milliseconds) {
  (void)milliseconds;
  partner_ask();
  long latest = now() + 5000L * MILLISECOND;
  while ((partnership->finished < partnership->asked || next_value <= partnership->count) && now() < latest);
  if (next_value != partnership->count + 1) noticed("%s: of %d signals %d came", mode, partnership->count, next_value - 1);
  /* Each that is lost is told once. */
  next_value = partnership->count + 1;
}

static sigset_t with_it, without_it;
static const char *prepare_blocked(void) {
  block(QUEUED_SIGNAL, SIG_BLOCK);
  sigemptyset(&with_it);
  sigaddset(&with_it, QUEUED_SIGNAL);
  sigemptyset(&without_it);
  wanted[QUEUED_SIGNAL] = value_came;
  partner_start(send_one, 0);
  return 0;
}

static void check_came(const char *mode) {
  while (partnership->finished < partnership->asked) rest(1);
  if (next_value != partnership->count + 1) noticed("%s: of %d signals %d came", mode, partnership->count, next_value - 1);
}

static void round_sigwaitinfo(const char *mode, long milliseconds) {
  (void)milliseconds;
  siginfo_t info;
  partner_ask();
  long result = sigwaitinfo(&with_it, &info);
  if (check_ended(mode, result, errno, QUEUED_SIGNAL)) value_came(&info);
  told->signals++;
  check_came(mode);
}

static void round_sigsuspend(const char *mode, long milliseconds) {
  (void)milliseconds;
  partner_ask();
  long result = sigsuspend(&without_it);
  int error = errno;
  partner_check(mode);
  check_result(mode, result, error, -1, EINTR);
  check_came(mode);
}

static const char *prepare_signalfd(void) {
  const char *no = prepare_blocked();
  object = must("signalfd", signalfd(-1, &with_it, SFD_CLOEXEC));
  return no;
}
static void round_signalfd(const char *mode, long milliseconds) {
  (void)milliseconds;
  struct signalfd_siginfo info;
  partner_ask();
  long result = read(object, &info, sizeof info);
  if (check_ended(mode, result, errno, sizeof info)) check_value(info.ssi_int, info.ssi_pid, info.ssi_code, info.ssi_uid);
  told->signals++;
  check_came(mode);
}

/* A signal that comes between unblocking and pause would not end it. So the partner sends another if it is not told within a
 * second that pause is over, and what is sent too much is taken before the next round. */
static void send_until_done(int round) {
  for (;;) {
    acts(round);
    send_value();
    for (int i = 0; i < 1000 && partnership->done < round; i++) rest(1);
    if (partnership->done >= round) break;
  }
  partnership->finished = round;
}
static const char *prepare_pause(void) {
  block(QUEUED_SIGNAL, SIG_BLOCK);
  wanted[QUEUED_SIGNAL] = value_came;
  partner_start(send_until_done, 0);
  return 0;
}
static void round_pause(const char *mode, long milliseconds) {
  (void)milliseconds;
  partner_ask();
  block(QUEUED_SIGNAL, SIG_UNBLOCK);
  long result = pause();
  int error = errno;
  block(QUEUED_SIGNAL, SIG_BLOCK);
  partner_check(mode);
  check_result(mode, result, error, -1, EINTR);
  partnership->done = partnership->asked;
  while (partnership->finished < partnership->asked) rest(1);
  block(QUEUED_SIGNAL, SIG_UNBLOCK);
  block(QUEUED_SIGNAL, SIG_BLOCK);
  check_came(mode);
}
