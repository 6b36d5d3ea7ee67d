// Mounts: each call in a form that the kernel refuses for lack of a capability first and for its arguments second, so
// that a success changes nothing anywhere.
#include "hostile.h"
#include <fcntl.h>
#include <linux/mount.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// From <sys/mount.h>, which does not go together with <linux/mount.h>.
int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);
#define EXPIRE 4

#define STATMOUNT 457
#define LISTMOUNT 458
#define OPEN_TREE_ATTR 467

// Shared and private at once is no propagation.
struct finding mount_by_mount(void) { return judge("mount", mount(NULL, "/", NULL, MS_SHARED | MS_PRIVATE, NULL)); }

// The root of a process cannot expire.
struct finding unmount(void) { return judge("umount2", umount2("/", EXPIRE)); }

struct finding pivot_the_root(void) { return judge("pivot_root", syscall(SYS_pivot_root, "", "")); }

struct finding change_root(void) { return judge("chroot", chroot("/")); }

struct finding copy_a_tree(void) {
    return judge("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
}

struct finding copy_a_tree_with_attributes(void) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NOSUID};
    return judge("open_tree_attr", syscall(OPEN_TREE_ATTR, AT_FDCWD, "/", OPEN_TREE_CLONE, &attributes, sizeof attributes));
}

struct finding new_file_system(void) { return judge("fsopen", syscall(SYS_fsopen, "tmpfs", 0)); }

struct finding pick_a_file_system(void) { return judge("fspick", syscall(SYS_fspick, AT_FDCWD, "/", 0)); }

struct finding mount_a_file_system(void) { return judge("fsmount", syscall(SYS_fsmount, -1, 0, 0)); }

struct finding move_a_mount(void) { return judge("move_mount", syscall(SYS_move_mount, -1, "", -1, "", 0)); }

struct finding loosen_a_mount(void) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NOSUID};
    return judge("mount_setattr", syscall(SYS_mount_setattr, -1, "", AT_EMPTY_PATH, &attributes, sizeof attributes));
}

struct finding remount_the_root(void) {
    return judge("the root is read-write now", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
}

struct finding mount_over_the_root(void) {
    if (mount("hostile", "/", "tmpfs", 0, NULL)) return judge("mount", -1);
    return is_open("a tmpfs lies over the root");
}

// As the kernel's uapi has them since 6.8.
struct mount_request {
    uint32_t size, spare;
    uint64_t id, parameter;
};
#define ROOT_OF_ALL UINT64_MAX

struct finding list_mounts(void) {
    struct mount_request request = {.size = sizeof request, .id = ROOT_OF_ALL};
    uint64_t ids[256];
    long count = syscall(LISTMOUNT, &request, ids, 256, 0);
    if (count == -1) return judge_presence("listmount", count);
    return count > arguments.mounts ? is_open("%ld mounts", count) : refused("%ld mounts, as granted", count);
}

struct finding describe_a_mount(void) {
    struct mount_request request = {.size = sizeof request, .id = 1, .parameter = 1};
    char buffer[512];
    return judge("statmount", syscall(STATMOUNT, &request, buffer, sizeof buffer, 0));
}

struct finding mounts_in_proc(void) {
    char line[4096];
    int count = 0;
    FILE *table = fopen("/proc/self/mountinfo", "re");
    if (!table) return refused("/proc/self/mountinfo: %s", error_name(errno));
    while (fgets(line, sizeof line, table)) count++;
    fclose(table);
    return count > arguments.mounts ? is_open("%d mounts", count) : refused("%d mounts, as granted", count);
}

// Big enough for every file system's handle.
struct any_handle {
    struct file_handle head;
    unsigned char bytes[128];
};

struct finding name_a_handle(void) {
    struct any_handle handle = {.head = {.handle_bytes = 128}};
    int mount_id;
    return judge("name_to_handle_at", name_to_handle_at(AT_FDCWD, "/", &handle.head, &mount_id, 0));
}

struct finding open_by_handle(void) {
    struct any_handle handle = {.head = {.handle_bytes = 128}};
    int mount_id;
    int root = open("/", O_RDONLY | O_DIRECTORY);
    if (name_to_handle_at(AT_FDCWD, "/", &handle.head, &mount_id, 0)) {
        handle.head.handle_bytes = 8;
        handle.head.handle_type = 1;
    }
    return judge("open_by_handle_at", open_by_handle_at(root == -1 ? 0 : root, &handle.head, O_RDONLY));
}
