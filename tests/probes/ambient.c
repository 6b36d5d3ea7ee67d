/* What a process has without having asked for it. */
#include "hostile.h"
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <time.h>

extern char **environ;

static enum outcome environment(void) { return *environ ? open_to("%.60s", *environ) : closed("empty"); }
static enum outcome mask_of_files(void) {
  mode_t mask = umask(022);
  return mask == 022 ? closed("022") : open_to("%03o", mask);
}
static enum outcome mask_of_signals(void) {
  uint64_t mask = 0;
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
  return mask ? open_to("0x%llx is blocked", (unsigned long long)mask) : closed("nothing is blocked");
}
static enum outcome ignored_signals(void) {
  for (int signal = 1; signal <= 64; signal++) {
    struct { void *handler; unsigned long flags; void *restorer; uint64_t mask; } action = {0};
    if (!syscall(SYS_rt_sigaction, signal, NULL, &action, sizeof(uint64_t)) && action.handler)
      return open_to("%d is not at its default", signal);
  }
  return closed("all at their defaults");
}
static enum outcome personality_kept(void) {
  int value = personality(0xffffffff);
  return value ? open_to("0x%x", value) : closed("0");
}
static enum outcome timer_slack(void) {
  int value = prctl(PR_GET_TIMERSLACK);
  return value == 50000 ? closed("50 us") : open_to("%d ns", value);
}

/* The host's time since boot is planted, in seconds. */
static enum outcome uptime(long seconds) {
  if (!planted("uptime")) return unclear("none was planted");
  long host = atol(planted("uptime"));
  return seconds >= host && seconds < host + 3600 ? open_to("%ld s, the host's", seconds) : closed("%ld s", seconds);
}
static enum outcome clock_boot(void) {
  struct timespec time;
  clock_gettime(CLOCK_BOOTTIME, &time);
  return uptime(time.tv_sec);
}
static enum outcome clock_monotonic(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return uptime(time.tv_sec);
}
static enum outcome clock_sysinfo(void) {
  struct sysinfo info;
  return sysinfo(&info) ? refused() : uptime(info.uptime);
}

static enum outcome shared_memory(void) {
  if (!planted("shm")) return unclear("none was planted");
  return shmat(atoi(planted("shm")), NULL, SHM_RDONLY) == (void *)-1 ? refused() : open_to("attached");
}
static enum outcome message_queue(void) {
  struct msqid_ds status;
  return planted("msg") ? result(msgctl(atoi(planted("msg")), IPC_STAT, &status)) : unclear("none was planted");
}
static enum outcome posix_queue(void) {
  return planted("queue") ? result(mq_open(planted("queue"), O_RDONLY)) : unclear("none was planted");
}

const struct probe ambient[] = {
    {"environment", environment, 0, NULL},
    {"file-mode-creation-mask", mask_of_files, 0, NULL},
    {"signal-mask", mask_of_signals, 0, NULL},
    {"ignored-signals", ignored_signals, 0, NULL},
    {"personality-kept", personality_kept, 0, NULL},
    {"timer-slack", timer_slack, 0, NULL},
    {"uptime-by-CLOCK_BOOTTIME", clock_boot, 0, NULL},
    {"uptime-by-CLOCK_MONOTONIC", clock_monotonic, 0, NULL},
    {"uptime-by-sysinfo", clock_sysinfo, 0, NULL},
    {"shared-memory", shared_memory, 0, NULL},
    {"message-queue", message_queue, 0, NULL},
    {"posix-queue", posix_queue, 0, NULL},
    {0}};
