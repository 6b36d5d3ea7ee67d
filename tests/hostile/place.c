// Whether it is safe to act: this program must never change the machine that it is started on by mistake.
#include "hostile.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The initial namespaces have the same numbers on every machine (include/uapi/linux/nsfs.h); the mount one since 6.17.
static bool is_initial(const char *link, const char *initial) {
    char target[64] = "";
    return readlink(link, target, sizeof target - 1) > 0 && strcmp(target, initial) == 0;
}

// In the initial pid namespace, 2 is kthreadd, which is in no process group. No other process can have that number there,
// and so no program that is 2 itself is there.
static bool has_own_pids(void) {
    if (getpid() <= 2 || start.pid <= 2) return true;
    pid_t group = getpgid(2);
    return group > 0 || (group == -1 && errno == ESRCH);
}

bool may_act(void) {
    return arguments.inside && has_own_pids() && !is_initial("/proc/self/ns/pid", "pid:[4026531836]") &&
           !is_initial("/proc/self/ns/uts", "uts:[4026531838]") && !is_initial("/proc/self/ns/mnt", "mnt:[4026531832]") &&
           !is_initial("/proc/self/ns/mnt", "mnt:[4026531841]");
}

bool began_here(pid_t group) { return group == start.pid || (group == 1 && has_own_pids()); }
