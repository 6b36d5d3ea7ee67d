// Who the program is, on the host and inside, and whether it can become someone else.
#include "hostile.h"
#include <grp.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct finding user_is_root(void) {
    uid_t real, effective, saved;
    getresuid(&real, &effective, &saved);
    if (!real || !effective || !saved || !setfsuid((uid_t)-1)) return is_open("%u %u %u", real, effective, saved);
    return refused("%u %u %u", real, effective, saved);
}

struct finding group_is_root(void) {
    gid_t real, effective, saved;
    getresgid(&real, &effective, &saved);
    if (!real || !effective || !saved || !setfsgid((gid_t)-1)) return is_open("%u %u %u", real, effective, saved);
    return refused("%u %u %u", real, effective, saved);
}

struct finding supplementary_groups(void) {
    gid_t groups[256];
    struct harvest harvest = {0};
    int count = getgroups(256, groups);
    for (int i = 0; i < count; i++) reap(&harvest, "%u", groups[i]);
    if (harvest.count && arguments.groups_kept) return unclear("the launcher cannot drop them: %s", harvest.text);
    return weigh(&harvest, "none");
}

// The raw calls: the C library would ask threads, and cache.
struct finding become_root(void) {
    struct harvest harvest = {0};
    if (syscall(SYS_setuid, 0) == 0) reap(&harvest, "setuid");
    if (syscall(SYS_setresuid, 0, 0, 0) == 0) reap(&harvest, "setresuid");
    if (syscall(SYS_setreuid, 0, 0) == 0) reap(&harvest, "setreuid");
    setfsuid(0);
    if (setfsuid((uid_t)-1) == 0) reap(&harvest, "setfsuid");
    return weigh(&harvest, "setuid, setresuid, setreuid, setfsuid");
}

struct finding become_root_group(void) {
    struct harvest harvest = {0};
    if (syscall(SYS_setgid, 0) == 0) reap(&harvest, "setgid");
    if (syscall(SYS_setresgid, 0, 0, 0) == 0) reap(&harvest, "setresgid");
    if (syscall(SYS_setregid, 0, 0) == 0) reap(&harvest, "setregid");
    return weigh(&harvest, "setgid, setresgid, setregid");
}

struct finding change_groups(void) {
    gid_t group = 0;
    struct harvest harvest = {0};
    if (syscall(SYS_setgroups, 1, &group) == 0) reap(&harvest, "one added");
    if (syscall(SYS_setgroups, 0, NULL) == 0) reap(&harvest, "all dropped");
    return weigh(&harvest, "setgroups");
}

// A file that is set-user-ID to another; the program run from it says by its exit code whether it took effect.
struct finding execute_setuid_file(void) {
    int status;
    if (!arguments.setuid_file) return unclear("no --setuid-file");
    if (access(arguments.setuid_file, F_OK)) return refused("the file: %s", error_name(errno));
    pid_t child = fork();
    if (child == 0) {
        execl(arguments.setuid_file, arguments.setuid_file, "--report-euid", NULL);
        _exit(errno);
    }
    if (child == -1 || waitpid(child, &status, 0) != child) return unclear("no child: %s", error_name(errno));
    if (!WIFEXITED(status)) return unclear("the file's program died of signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) == 42) return is_open("it runs as another user");
    return WEXITSTATUS(status) ? refused("execve: %s", error_name(WEXITSTATUS(status))) : refused("it runs as the same user");
}
