/* Who the process is, and whether it can become more. */
#include "hostile.h"
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/resource.h>
#include <sys/stat.h>

static enum outcome root(void) {
  uid_t r, e, s;
  gid_t rg, eg, sg;
  getresuid(&r, &e, &s);
  getresgid(&rg, &eg, &sg);
  if (!r || !e || !s || !rg || !eg || !sg) return open_to("uid %d %d %d gid %d %d %d", r, e, s, rg, eg, sg);
  return closed("uid %d gid %d", r, rg);
}
static enum outcome become_root(void) { return result(setresuid(0, 0, 0)); }
static enum outcome become_group_root(void) { return result(setresgid(0, 0, 0)); }
static enum outcome groups(void) {
  int count = getgroups(0, NULL);
  return count > 0 ? open_to("%d supplementary groups", count) : closed("none");
}
static enum outcome set_groups(void) {
  gid_t own = getgid();
  return result(setgroups(1, &own));
}

static enum outcome set(unsigned which) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data)) return unclear("capget: %s", strerrorname_np(errno));
  for (int i = 0; i < 2; i++) {
    unsigned bits = which == 0 ? data[i].effective : which == 1 ? data[i].permitted : data[i].inheritable;
    if (bits) return open_to("0x%x at %d", bits, i * 32);
  }
  return closed("empty");
}
static enum outcome effective(void) { return set(0); }
static enum outcome permitted(void) { return set(1); }
static enum outcome inheritable(void) { return set(2); }
static enum outcome bounding(void) {
  for (int cap = 0; cap < 64; cap++)
    if (prctl(PR_CAPBSET_READ, cap) == 1) return open_to("capability %d", cap);
  return closed("empty");
}
static enum outcome ambient_set(void) {
  for (int cap = 0; cap < 64; cap++)
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1) return open_to("capability %d", cap);
  return closed("empty");
}
static enum outcome raise_ambient(void) { return result(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0)); }
static enum outcome securebits(void) {
  const int all = 0xcf; /* KEEP_CAPS keeps what there is: nothing. */
  int bits = prctl(PR_GET_SECUREBITS);
  return (bits & all) == all ? closed("0x%x", bits) : open_to("only 0x%x", bits);
}
static enum outcome no_new_privs(void) {
  return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? closed("set") : open_to("not set");
}
static enum outcome core_size(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_CORE, &limit);
  return limit.rlim_max ? open_to("at most %lu", (unsigned long)limit.rlim_max) : closed("0");
}
static enum outcome raise_core(void) {
  struct rlimit limit = {1, 1};
  return result(setrlimit(RLIMIT_CORE, &limit));
}
static enum outcome filter(void) {
  int mode = prctl(PR_GET_SECCOMP);
  return mode == 2 ? closed("mode 2") : open_to("mode %d", mode);
}

const struct probe identity[] = {
    {"is-root", root, 0, NULL},
    {"become-root", become_root, 0, NULL},
    {"become-group-root", become_group_root, 0, NULL},
    {"supplementary-groups", groups, 0, NULL},
    {"set-groups", set_groups, 0, NULL},
    {"effective-capabilities", effective, 0, NULL},
    {"permitted-capabilities", permitted, 0, NULL},
    {"inheritable-capabilities", inheritable, 0, NULL},
    {"bounding-set", bounding, 0, NULL},
    {"ambient-set", ambient_set, 0, NULL},
    {"raise-ambient", raise_ambient, 1, "needs an inheritable capability, which no control run has"},
    {"securebits", securebits, 0, NULL},
    {"no-new-privs", no_new_privs, 0, NULL},
    {"core-size", core_size, 0, NULL},
    {"raise-core-size", raise_core, 0, NULL},
    {"filter", filter, 0, NULL},
    {0}};
