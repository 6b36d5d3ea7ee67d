/* The root, the mounts, and what else a path leads to. */
#include "hostile.h"
#include <dirent.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/socket.h>

static enum outcome host_file(void) { return result(open("/etc/passwd", O_RDONLY)); }
static enum outcome host_program(void) { return result(open("/bin/sh", O_RDONLY)); }
static enum outcome write_root(void) {
  int file = open("/hostile-was-here", O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (file >= 0) unlink("/hostile-was-here");
  return result(file);
}
static enum outcome folder_in_root(void) {
  int made = mkdir("/hostile-was-here", 0700);
  if (!made) rmdir("/hostile-was-here");
  return result(made);
}
static enum outcome root_mode(void) { return result(chmod("/", 0755)); }
static enum outcome remount(void) { return result(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL)); }
static enum outcome mount_tmpfs(void) { return result(mount("tmpfs", "/", "tmpfs", 0, NULL)); }
/* Marked as expired, which only the next one would unmount: later probes need it. */
static enum outcome unmount(void) {
  umount2("/proc", MNT_EXPIRE);
  return errno == EAGAIN || errno == EBUSY ? open_to("%s", strerrorname_np(errno)) : refused();
}
static enum outcome pivot(void) { return result(syscall(SYS_pivot_root, ".", ".")); }
static enum outcome change_root(void) { return result(chroot("/")); }
static enum outcome open_tree_clone(void) { return result(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE)); }
static enum outcome fs_open(void) { return result(syscall(SYS_fsopen, "tmpfs", 0)); }
static enum outcome fs_pick(void) { return result(syscall(SYS_fspick, AT_FDCWD, "/", 0)); }
static enum outcome set_attributes(void) {
  struct mount_attr attributes = {.attr_clr = MOUNT_ATTR_RDONLY};
  return result(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attributes, sizeof attributes));
}
static enum outcome move(void) { return result(syscall(SYS_move_mount, AT_FDCWD, "/", AT_FDCWD, "/", 0)); }

/* Counted by what may lie in a void: its program, /proc and what was planted as "mounts". */
static enum outcome mounts(void) {
  FILE *file = fopen("/proc/self/mountinfo", "r");
  int count = 0, most = planted("mounts") ? atoi(planted("mounts")) : 2;
  char line[4096];
  if (!file) return refused();
  while (fgets(line, sizeof line, file)) count++;
  return count > most ? open_to("%d mounts, %d were made", count, most) : closed("%d", count);
}
static enum outcome node(mode_t kind, dev_t device) {
  const char *folder = planted("writable") ? planted("writable") : "/tmp";
  char path[256];
  snprintf(path, sizeof path, "%s/hostile-node", folder);
  int made = mknod(path, kind | 0600, device);
  if (!made) unlink(path);
  return result(made);
}
static enum outcome character_device(void) { return node(S_IFCHR, makedev(1, 3)); }
static enum outcome block_device(void) { return node(S_IFBLK, makedev(254, 0)); }

static enum outcome handle(void) {
  char buffer[sizeof(struct file_handle) + 128];
  struct file_handle *handle = (void *)buffer;
  int id;
  handle->handle_bytes = 128;
  return result(name_to_handle_at(AT_FDCWD, "/", handle, &id, 0));
}
static enum outcome open_handle(void) {
  struct { struct file_handle head; char bytes[128]; } handle = {.head = {.handle_bytes = 8, .handle_type = 1}};
  int file = open_by_handle_at(open("/", O_RDONLY), &handle.head, O_RDONLY);
  /* With the privilege, a handle that leads nowhere is stale. */
  return file >= 0 || errno == ESTALE ? open_to("handles are opened") : refused();
}

/* Not by opening it: a running program's file is busy before it is anything else. */
static enum outcome own_program(void) { return result(faccessat(AT_FDCWD, "/proc/self/exe", W_OK, 0)); }
static enum outcome above_root(void) {
  if (chdir("/") || chdir("../../../../..")) return refused();
  return result(open("etc/passwd", O_RDONLY));
}
static enum outcome magic_root(void) { return result(open("/proc/1/root/etc/passwd", O_RDONLY)); }
static enum outcome device_memory(void) {
  if (open("/dev/mem", O_RDONLY) >= 0) return open_to("/dev/mem");
  return result(open("/dev/kmsg", O_RDONLY));
}
static enum outcome proc_settings(void) { return result(open("/proc/sys/kernel/core_pattern", O_RDONLY)); }
static enum outcome proc_keys(void) { return result(open("/proc/keys", O_RDONLY)); }
static enum outcome system_files(void) { return result(open("/sys/kernel", O_RDONLY)); }

/* A folder of the launcher's, granted to read: a file `file`, a socket `socket`, a FIFO `fifo`, a symlink `escape` out. */
static char *beneath(const char *name) {
  char *path;
  return planted("folder") && asprintf(&path, "%s/%s", planted("folder"), name) > 0 ? path : NULL;
}
#define IN_FOLDER(name, file, act)                                                                                     \
  static enum outcome name(void) {                                                                                     \
    const char *path = beneath(file);                                                                                  \
    return path ? result(act) : unclear("none was planted");                                                           \
  }
IN_FOLDER(folder_write, "file", open(path, O_WRONLY))
IN_FOLDER(folder_create, "new", open(path, O_CREAT | O_WRONLY, 0600))
IN_FOLDER(folder_mode, "file", chmod(path, 0600))
IN_FOLDER(folder_remove, "file", unlink(path))
IN_FOLDER(folder_link, "link", link(beneath("file"), path))
IN_FOLDER(folder_fifo_write, "fifo", open(path, O_RDWR | O_NONBLOCK))
IN_FOLDER(folder_escape, "escape", open(path, O_RDONLY))
IN_FOLDER(folder_execute, "program", execl(path, path, NULL))
static enum outcome folder_socket(void) {
  const char *path = beneath("socket");
  if (!path) return unclear("none was planted");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  return s < 0 ? refused() : result(connect(s, (void *)&address, sizeof address));
}

const struct probe files[] = {
    {"file-of-the-host", host_file, 0, NULL},
    {"program-of-the-host", host_program, 0, NULL},
    {"write-to-the-root", write_root, 0, NULL},
    {"folder-in-the-root", folder_in_root, 0, NULL},
    {"mode-of-the-root", root_mode, 1, NULL},
    {"remount", remount, 1, "bubblewrap drops the capability that it needs"},
    {"mount", mount_tmpfs, 1, "bubblewrap drops the capability that it needs"},
    {"unmount", unmount, 1, "bubblewrap drops the capability that it needs"},
    {"pivot-root", pivot, 1, "bubblewrap drops the capability that it needs"},
    {"chroot", change_root, 0, NULL},
    {"open-tree", open_tree_clone, 0, NULL},
    {"fsopen", fs_open, 0, NULL},
    {"fspick", fs_pick, 0, NULL},
    {"mount-setattr", set_attributes, 1, "bubblewrap drops the capability that it needs"},
    {"move-mount", move, 1, "bubblewrap drops the capability that it needs"},
    {"mounts-that-were-not-made", mounts, 0, NULL},
    {"character-device", character_device, 0, NULL},
    {"block-device", block_device, 0, NULL},
    {"name-to-handle", handle, 0, NULL},
    {"open-by-handle", open_handle, 0, NULL},
    {"write-own-program", own_program, 0, NULL},
    {"above-the-root", above_root, 0, NULL},
    {"root-of-pid-1", magic_root, 0, "pid 1 of the control runs may be out of reach"},
    {"device-memory", device_memory, 0, NULL},
    {"settings-of-the-kernel", proc_settings, 0, NULL},
    {"keys-in-proc", proc_keys, 0, NULL},
    {"sysfs", system_files, 0, NULL},
    {"read-only-folder-write", folder_write, 0, NULL},
    {"read-only-folder-create", folder_create, 0, NULL},
    {"read-only-folder-mode", folder_mode, 0, NULL},
    {"read-only-folder-socket", folder_socket, 0, NULL},
    {"read-only-folder-fifo", folder_fifo_write, 0, NULL},
    {"read-only-folder-escape", folder_escape, 0, NULL},
    {"read-only-folder-execute", folder_execute, 0, "it replaces the process that would tell"},
    {"read-only-folder-link", folder_link, 0, NULL},
    {"read-only-folder-remove", folder_remove, 0, NULL},
    {0}};
