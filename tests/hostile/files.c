// Files that nobody granted: the host's, the program's own, device nodes, and the root itself.
#include "hostile.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

const char *const *writable_places(void) {
    static const char *places[] = {"/", "/tmp", "/dev/shm", "/run", NULL, NULL};
    places[4] = arguments.rw_dir;
    return places;
}

static void open_each(struct harvest *harvest, const char *const *paths, int flags) {
    for (; *paths; paths++) {
        int fd = open(*paths, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        if (fd == -1) continue;
        reap(harvest, "%s", *paths);
        close(fd);
    }
}

struct finding files_of_the_host(void) {
    static const char *const paths[] = {"/etc/passwd", "/etc/shadow", "/root", "/home", "/usr", "/var", "/lib", "/boot", "/tmp", NULL};
    struct harvest harvest = {0};
    if (arguments.root_writable) return unclear("the root is granted");
    open_each(&harvest, paths, O_RDONLY);
    return weigh(&harvest, "none is there");
}

struct finding devices_of_the_host(void) {
    static const char *const paths[] = {"/dev/mem", "/dev/kmsg", "/dev/port", "/dev/kvm", "/dev/vda", "/dev/sda",
                                        "/dev/fuse", "/dev/net/tun", "/dev/loop-control", "/dev/vsock", "/dev/tty0", NULL};
    struct harvest harvest = {0};
    open_each(&harvest, paths, O_RDONLY);
    return weigh(&harvest, "none is there");
}

struct finding control_groups_mounted(void) {
    static const char *const paths[] = {"/sys/fs/cgroup", "/sys/kernel", "/sys", NULL};
    struct harvest harvest = {0};
    open_each(&harvest, paths, O_RDONLY);
    return weigh(&harvest, "neither /sys nor control groups");
}

static bool make_and_remove(const char *folder, mode_t kind, dev_t device) {
    char path[4096];
    snprintf(path, sizeof path, "%s/hostile-%d", folder, getpid());
    if (mknod(path, kind | 0600, device)) return false;
    unlink(path);
    return true;
}

struct finding write_into_the_root(void) {
    struct harvest harvest = {0};
    char path[64];
    if (arguments.root_writable) return unclear("the root is granted for writing");
    if (make_and_remove("/", S_IFREG, 0)) reap(&harvest, "a file");
    if (make_and_remove("/", S_IFIFO, 0)) reap(&harvest, "a FIFO");
    snprintf(path, sizeof path, "/hostile-%d", getpid());
    if (mkdir(path, 0700) == 0) reap(&harvest, "a folder");
    rmdir(path);
    if (symlink("/", path) == 0) reap(&harvest, "a link");
    unlink(path);
    int error = errno;
    // An unnamed one needs no name that could be taken.
    if (open("/", O_TMPFILE | O_RDWR, 0600) != -1) reap(&harvest, "an unnamed file");
    return harvest.count ? weigh(&harvest, "") : refused("the last: %s", error_name(error));
}

struct finding change_the_root_itself(void) {
    struct stat status;
    struct harvest harvest = {0};
    if (arguments.root_writable) return unclear("the root is granted for writing");
    if (stat("/", &status)) return refused("stat: %s", error_name(errno));
    if (chmod("/", status.st_mode & 07777) == 0) reap(&harvest, "chmod");
    if (chown("/", status.st_uid, status.st_gid) == 0) reap(&harvest, "chown");
    return weigh(&harvest, "chmod, chown");
}

static struct finding node_anywhere(mode_t kind, dev_t device) {
    struct harvest harvest = {0};
    for (const char *const *place = writable_places(); *place; place++)
        if (make_and_remove(*place, kind, device)) reap(&harvest, "in %s", *place);
    return weigh(&harvest, "mknod");
}

struct finding make_character_device(void) { return node_anywhere(S_IFCHR, makedev(1, 1)); }
struct finding make_block_device(void) { return node_anywhere(S_IFBLK, makedev(7, 0)); }

// ETXTBSY comes after the permission, and says that the file could be written while it is not running.
static void open_for_writing(struct harvest *harvest, const char *path) {
    if (open(path, O_WRONLY | O_CLOEXEC) != -1 || errno == ETXTBSY) reap(harvest, "open %s", path);
}

static void change_mode(struct harvest *harvest, const char *path) {
    struct stat status;
    if (stat(path, &status) == 0 && chmod(path, status.st_mode & 07777) == 0) reap(harvest, "chmod %s", path);
}

struct finding own_program(void) {
    const char *executed = (const char *)getauxval(AT_EXECFN);
    const char *const paths[] = {"/proc/self/exe", start.program, executed ? executed : "/proc/self/exe"};
    struct harvest harvest = {0};
    for (int i = 0; i < 3; i++) {
        open_for_writing(&harvest, paths[i]);
        change_mode(&harvest, paths[i]);
    }
    return weigh(&harvest, "open for writing, chmod");
}
