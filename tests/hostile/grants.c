// What a grant lets through beside what it is: a read-only folder, a writable one, a log, a file as a descriptor.
#include "hostile.h"
#include <dirent.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

const char *first_file_of(const char *folder) {
    static char path[4096];
    struct stat status;
    DIR *entries = opendir(folder);
    if (!entries) return NULL;
    for (struct dirent *entry; (entry = readdir(entries));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (lstat(path, &status) == 0 && S_ISREG(status.st_mode)) {
            closedir(entries);
            return path;
        }
    }
    closedir(entries);
    return NULL;
}

static const char *beneath(const char *folder, const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

struct finding write_read_only_folder(void) {
    struct harvest harvest = {0};
    if (!arguments.readonly_dir) return unclear("no --readonly-dir");
    const char *new = beneath(arguments.readonly_dir, "hostile-new");
    if (open(new, O_WRONLY | O_CREAT | O_EXCL, 0600) != -1) reap(&harvest, "a file");
    int error = errno;
    unlink(new);
    if (mkdir(new, 0700) == 0) reap(&harvest, "a folder");
    rmdir(new);
    if (symlink("/etc", new) == 0) reap(&harvest, "a link");
    unlink(new);
    if (mknod(new, S_IFIFO | 0600, 0) == 0) reap(&harvest, "a FIFO");
    unlink(new);
    if (mknod(new, S_IFCHR | 0600, makedev(1, 3)) == 0) reap(&harvest, "a device");
    unlink(new);
    return harvest.count ? weigh(&harvest, "") : refused("a file: %s", error_name(error));
}

struct finding write_read_only_file(void) {
    struct harvest harvest = {0};
    const char *file = arguments.readonly_dir ? first_file_of(arguments.readonly_dir) : NULL;
    if (!file) return unclear("no --readonly-dir with a file in it");
    // Not truncate: a control run must leave the file whole.
    if (open(file, O_WRONLY) != -1) reap(&harvest, "open to write");
    int error = errno;
    if (open(file, O_RDWR) != -1) reap(&harvest, "open to read and write");
    struct stat status;
    if (stat(file, &status) == 0 && truncate(file, status.st_size) == 0) reap(&harvest, "truncate");
    return harvest.count ? weigh(&harvest, "") : refused("open to write: %s", error_name(error));
}

struct finding change_read_only_file(void) {
    struct harvest harvest = {0};
    struct stat status;
    const char *file = arguments.readonly_dir ? first_file_of(arguments.readonly_dir) : NULL;
    if (!file || stat(file, &status)) return unclear("no --readonly-dir with a file in it");
    mode_t mode = status.st_mode & 07777;
    if (chmod(file, mode) == 0) reap(&harvest, "chmod");
    if (chmod(file, mode | S_ISUID) == 0 && chmod(file, mode) == 0) reap(&harvest, "set-user-ID");
    if (chown(file, status.st_uid, status.st_gid) == 0) reap(&harvest, "chown");
    if (utimensat(AT_FDCWD, file, (struct timespec[2]){status.st_atim, status.st_mtim}, 0) == 0) reap(&harvest, "times");
    if (setxattr(file, "user.hostile", "", 0, 0) == 0) reap(&harvest, "an attribute");
    removexattr(file, "user.hostile");
    if (chmod(arguments.readonly_dir, 0755) == 0) reap(&harvest, "chmod of the folder");
    return weigh(&harvest, "chmod, chown, utimensat, setxattr");
}

struct finding remount_read_only_folder(void) {
    if (!arguments.readonly_dir) return unclear("no --readonly-dir");
    return judge("mount", mount(NULL, arguments.readonly_dir, NULL, MS_REMOUNT | MS_BIND, NULL));
}

struct finding link_out_of_a_folder(void) {
    if (!arguments.readonly_dir) return unclear("no --readonly-dir");
    const char *link = beneath(arguments.readonly_dir, "escape");
    struct stat status;
    if (lstat(link, &status)) return unclear("no link `escape` in --readonly-dir");
    return judge_presence("the link's target", open(link, O_RDONLY));
}

static struct finding mapped_as_code(const char *file) {
    int fd = open(file, O_RDONLY);
    if (fd == -1) return refused("open: %s", error_name(errno));
    return judge("mmap with PROT_EXEC", mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
}

struct finding execute_from_read_only_folder(void) {
    const char *file = arguments.readonly_dir ? first_file_of(arguments.readonly_dir) : NULL;
    return file ? mapped_as_code(file) : unclear("no --readonly-dir with a file in it");
}

struct finding write_fifo(void) {
    if (!arguments.fifo) return unclear("no --fifo");
    struct harvest harvest = {0};
    if (open(arguments.fifo, O_RDWR | O_NONBLOCK) != -1) reap(&harvest, "O_RDWR");
    int error = errno;
    // ENXIO: nobody reads, but it may be opened.
    if (open(arguments.fifo, O_WRONLY | O_NONBLOCK) != -1 || errno == ENXIO) reap(&harvest, "O_WRONLY");
    return harvest.count ? weigh(&harvest, "") : refused("O_RDWR: %s", error_name(error));
}

struct finding read_fifo(void) {
    if (!arguments.fifo) return unclear("no --fifo");
    return judge_presence("a reader takes what was meant for another", open(arguments.fifo, O_RDONLY | O_NONBLOCK));
}

// Only a plain file can be harmed: a pipe has nothing behind its end.
static bool plain_file(long fd) {
    struct stat status;
    return fd >= 0 && fstat((int)fd, &status) == 0 && S_ISREG(status.st_mode);
}

static struct finding on_the_log(const char *what, long (*attempt)(int)) {
    if (arguments.append == -1) return unclear("no --append");
    if (!plain_file(arguments.append)) return refused("%s: the log is not a file here", what);
    return judge_presence(what, attempt((int)arguments.append));
}

static long cut_off(int fd) { return ftruncate(fd, 0); }
static long clear_append(int fd) {
    if (fcntl(fd, F_SETFL, 0)) return -1;
    return fcntl(fd, F_GETFL) & O_APPEND ? -1 : 0;
}
static long read_back(int fd) {
    char byte;
    return pread(fd, &byte, 1, 0);
}
static long punch(int fd) { return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1); }
static long change_own_mode(int fd) {
    struct stat status;
    return fstat(fd, &status) || fchmod(fd, status.st_mode & 07777) ? -1 : 0;
}
static long reopen(int fd) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDWR);
}

struct finding truncate_log(void) { return on_the_log("ftruncate", cut_off); }
struct finding rewrite_log(void) { return on_the_log("F_SETFL without O_APPEND", clear_append); }
struct finding read_log(void) { return on_the_log("pread", read_back); }
struct finding punch_log(void) { return on_the_log("fallocate", punch); }
struct finding chmod_log(void) { return on_the_log("fchmod", change_own_mode); }
struct finding reopen_log(void) { return on_the_log("open through /proc/self/fd", reopen); }

static struct finding on_the_file(const char *what, long (*attempt)(int)) {
    if (arguments.read_fd == -1) return unclear("no --read-fd");
    if (!plain_file(arguments.read_fd)) return refused("%s: it is not a file here", what);
    return judge_presence(what, attempt((int)arguments.read_fd));
}

static long keep_times(int fd) {
    struct stat status;
    return fstat(fd, &status) ? -1 : futimens(fd, (struct timespec[2]){status.st_atim, status.st_mtim});
}
static long same_size(int fd) {
    struct stat status;
    return fstat(fd, &status) ? -1 : ftruncate(fd, status.st_size);
}
static long set_attribute(int fd) {
    long result = fsetxattr(fd, "user.hostile", "", 0, 0);
    if (result == 0) fremovexattr(fd, "user.hostile");
    return result;
}

struct finding chmod_read_file(void) { return on_the_file("fchmod", change_own_mode); }
struct finding times_of_read_file(void) { return on_the_file("futimens", keep_times); }
struct finding truncate_read_file(void) { return on_the_file("ftruncate", same_size); }
struct finding attribute_of_read_file(void) { return on_the_file("fsetxattr", set_attribute); }
struct finding reopen_read_file(void) { return on_the_file("open through /proc/self/fd", reopen); }

struct finding link_out_of_writable_folder(void) {
    if (!arguments.rw_dir) return unclear("no --rw-dir");
    const char *link = beneath(arguments.rw_dir, "hostile-link");
    if (symlink("/etc/passwd", link)) return unclear("symlink: %s", error_name(errno));
    int fd = open(link, O_RDONLY);
    int error = errno;
    unlink(link);
    return fd == -1 ? refused("its target: %s", error_name(error)) : is_open("a link to /etc/passwd leads there");
}

struct finding parent_of_writable_folder(void) {
    if (!arguments.rw_dir) return unclear("no --rw-dir");
    return judge_presence("etc/passwd above it", open(beneath(arguments.rw_dir, "../../../../../../../../etc/passwd"), O_RDONLY));
}

struct finding execute_from_writable_folder(void) {
    if (!arguments.rw_dir) return unclear("no --rw-dir");
    const char *file = beneath(arguments.rw_dir, "hostile-code");
    int fd = open(file, O_RDWR | O_CREAT | O_EXCL, 0700);
    if (fd == -1 || write(fd, "", 1) != 1) return unclear("no file in it: %s", error_name(errno));
    close(fd);
    struct finding finding = mapped_as_code(file);
    unlink(file);
    return finding;
}
