/* New namespaces, which would bring all capabilities back, and the void's own. */
#include "hostile.h"
#include <ifaddrs.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define UNSHARE(name, flag)                                                                                            \
  static enum outcome name(void) { return result(unshare(flag)); }
UNSHARE(unshare_user, CLONE_NEWUSER)
UNSHARE(unshare_mount, CLONE_NEWNS)
UNSHARE(unshare_pid, CLONE_NEWPID)
UNSHARE(unshare_net, CLONE_NEWNET)
UNSHARE(unshare_ipc, CLONE_NEWIPC)
UNSHARE(unshare_uts, CLONE_NEWUTS)
UNSHARE(unshare_cgroup, CLONE_NEWCGROUP)
UNSHARE(unshare_time, CLONE_NEWTIME)

static enum outcome clone_user(void) {
  long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (!child) _exit(0);
  if (child > 0) waitpid(child, NULL, 0);
  return result(child);
}
static enum outcome clone3_user(void) {
  struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  long child = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (!child) _exit(0);
  if (child > 0) waitpid(child, NULL, 0);
  return result(child);
}

/* A namespace is the launcher's if its file says so; planted as NAME:[NUMBER]. Without /proc, nothing tells. */
static enum outcome same(const char *kind) {
  char path[64], link[64] = {0}, name[32];
  snprintf(path, sizeof path, "/proc/self/ns/%s", kind);
  snprintf(name, sizeof name, "ns-%s", kind);
  if (readlink(path, link, sizeof link - 1) < 0) return unclear("%s", strerrorname_np(errno));
  const char *launchers = planted(name);
  if (!launchers) return unclear("the launcher's is not known");
  return strcmp(link, launchers) ? closed("%s", link) : open_to("the launcher's: %s", link);
}
#define SAME(kind)                                                                                                     \
  static enum outcome same_##kind(void) { return same(#kind); }
SAME(user) SAME(mnt) SAME(pid) SAME(net) SAME(ipc) SAME(uts) SAME(cgroup) SAME(time)

static enum outcome host_name(void) {
  struct utsname name;
  uname(&name);
  if (strcmp(name.nodename, "void")) return open_to("%s", name.nodename);
  return strcmp(name.domainname, "(none)") ? open_to("domain %s", name.domainname) : closed("void");
}
static enum outcome set_host_name(void) { return result(sethostname("hostile", 7)); }

static enum outcome interfaces(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  if (s < 0) return refused();
  for (int index = 1; index < 64; index++) {
    struct ifreq request = {.ifr_ifindex = index};
    if (ioctl(s, SIOCGIFNAME, &request)) continue;
    if (ioctl(s, SIOCGIFFLAGS, &request)) continue;
    if (strcmp(request.ifr_name, "lo")) return open_to("%s", request.ifr_name);
    if (request.ifr_flags & IFF_UP) return open_to("lo is up");
  }
  return closed("lo alone, and down");
}
static enum outcome raise_loopback(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  return result(ioctl(s, SIOCSIFFLAGS, &request));
}
static enum outcome cgroup_path(void) {
  FILE *file = fopen("/proc/self/cgroup", "r");
  char line[512];
  if (!file) return refused();
  while (fgets(line, sizeof line, file)) {
    char *path = strrchr(line, ':');
    if (path && strcmp(path, ":/\n") && !strstr(path, "/../")) return open_to("%.100s", path);
  }
  return closed("only /");
}

const struct probe namespaces[] = {
    {"unshare-user", unshare_user, 0, NULL},
    {"unshare-mount", unshare_mount, 0, NULL},
    {"unshare-pid", unshare_pid, 0, NULL},
    {"unshare-net", unshare_net, 0, NULL},
    {"unshare-ipc", unshare_ipc, 0, NULL},
    {"unshare-uts", unshare_uts, 0, NULL},
    {"unshare-cgroup", unshare_cgroup, 0, NULL},
    {"unshare-time", unshare_time, 0, NULL},
    {"clone-user", clone_user, 0, NULL},
    {"clone3-user", clone3_user, 0, NULL},
    {"same-user", same_user, 0, NULL},
    {"same-mount", same_mnt, 0, NULL},
    {"same-pid", same_pid, 0, NULL},
    {"same-net", same_net, 0, NULL},
    {"same-ipc", same_ipc, 0, NULL},
    {"same-uts", same_uts, 0, NULL},
    {"same-cgroup", same_cgroup, 0, NULL},
    {"same-time", same_time, 0, NULL},
    {"host-name", host_name, 0, NULL},
    {"set-host-name", set_host_name, 1, "bubblewrap drops the capability that it needs"},
    {"interfaces", interfaces, 0, NULL},
    {"raise-loopback", raise_loopback, 1, "bubblewrap drops the capability that it needs"},
    {"cgroup-path", cgroup_path, 0, "where the control runs lie in the root of every cgroup tree"},
    {0}};
