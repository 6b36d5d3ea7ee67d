/* Other processes: the launcher, its group, and the void's own pid 1. */
#include "hostile.h"
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>

static pid_t launcher(void) { return planted("pid") ? atoi(planted("pid")) : -1; }

static enum outcome launcher_seen(void) { return launcher() < 0 ? unclear("none was planted") : result(kill(launcher(), 0)); }
static enum outcome launcher_group(void) {
  pid_t group = getpgrp(), session = getsid(0);
  /* 0 is one that this pid namespace does not have: the launcher's. */
  if (group == 0 || session == 0) return open_to("group %d, session %d", group, session);
  if (planted("group") && group == atoi(planted("group"))) return open_to("the launcher's group %d", group);
  return closed("group %d, session %d", group, session);
}
static enum outcome group_priority(void) {
  if (getpgrp() && !(planted("group") && getpgrp() == atoi(planted("group")))) return closed("a group of its own");
  return result(setpriority(PRIO_PGRP, 0, getpriority(PRIO_PGRP, 0)));
}
static enum outcome other_processes(void) {
  int own = getpid(), parent = getppid(), count = 0;
  for (int pid = 3; pid < 40000; pid++)
    if (pid != own && pid != parent && (!kill(pid, 0) || errno == EPERM)) count++;
  return count ? open_to("%d others", count) : closed("none");
}

/* Outside of a void, pid 1 is the machine's: a signal 0 only asks. */
static enum outcome init_signal(void) { return result(kill(1, 0)); }
static enum outcome init_kill(void) { return result(kill(1, SIGKILL)); }
static enum outcome init_term(void) { return result(kill(1, SIGTERM)); }
static enum outcome init_queue(void) {
  siginfo_t info = {.si_signo = SIGTERM, .si_code = SI_QUEUE};
  return result(syscall(SYS_rt_sigqueueinfo, 1, SIGTERM, &info));
}
static enum outcome init_trace(void) {
  long value = ptrace(PTRACE_SEIZE, 1, NULL, NULL);
  if (!value) ptrace(PTRACE_DETACH, 1, NULL, NULL);
  return result(value);
}
static enum outcome init_memory(void) { return result(open("/proc/1/mem", O_RDWR)); }
static enum outcome init_environment(void) {
  char byte;
  int file = open("/proc/1/environ", O_RDONLY);
  return file < 0 ? refused() : result(read(file, &byte, 1));
}
static enum outcome init_descriptors(void) { return result(open("/proc/1/fd/0", O_RDONLY)); }
static enum outcome init_limit(void) {
  struct rlimit limit;
  return result(prlimit(1, RLIMIT_NOFILE, NULL, &limit));
}
static enum outcome init_affinity(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(1, sizeof set, &set)) return refused();
  return result(sched_setaffinity(1, sizeof set, &set));
}
static enum outcome init_priority(void) { return result(setpriority(PRIO_PROCESS, 1, getpriority(PRIO_PROCESS, 1))); }
static enum outcome init_stolen(void) {
  int pidfd = syscall(SYS_pidfd_open, 1, 0);
  return pidfd < 0 ? refused() : result(syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}
static enum outcome parent_death(void) {
  int before = 0;
  prctl(PR_GET_PDEATHSIG, &before);
  return result(prctl(PR_SET_PDEATHSIG, before));
}

const struct probe processes[] = {
    {"launcher-is-seen", launcher_seen, 0, NULL},
    {"launchers-process-group", launcher_group, 0, NULL},
    {"launchers-group-priority", group_priority, 0, NULL},
    {"other-processes", other_processes, 0, NULL},
    {"signal-0-to-pid-1", init_signal, 0, NULL},
    {"SIGTERM-to-pid-1", init_term, 1, NULL},
    {"queued-signal-to-pid-1", init_queue, 1, NULL},
    {"trace-pid-1", init_trace, 0, NULL},
    {"memory-of-pid-1", init_memory, 0, NULL},
    {"environment-of-pid-1", init_environment, 0, NULL},
    {"descriptors-of-pid-1", init_descriptors, 0, NULL},
    {"limits-of-pid-1", init_limit, 0, NULL},
    {"affinity-of-pid-1", init_affinity, 0, NULL},
    {"priority-of-pid-1", init_priority, 0, NULL},
    {"descriptor-stolen-from-pid-1", init_stolen, 0, NULL},
    {"parent-death-signal", parent_death, 0, NULL},
    {"SIGKILL-to-pid-1", init_kill, 1, NULL},
    {0}};
