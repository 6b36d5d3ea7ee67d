/* What the launcher had open, and what can be done with what was granted. */
#include "hostile.h"
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

static enum outcome inherited(void) {
  int allowed = planted("allowed") ? atoi(planted("allowed")) : 3;
  for (int fd = allowed; fd < 4096; fd++)
    if (fcntl(fd, F_GETFD) >= 0) return open_to("descriptor %d is open", fd);
  return closed("nothing from %d up", allowed);
}

static enum outcome null_mode(void) {
  struct stat status;
  if (fstat(0, &status) || !S_ISCHR(status.st_mode)) return unclear("0 is not a device");
  return result(fchmod(0, status.st_mode & 07777));
}

static enum outcome null_is_null(void) {
  char byte;
  if (read(0, &byte, 1) != 0) return open_to("something can be read");
  return closed("end of file");
}

/* A log that was granted to append to. */
static int append(void) { return planted("append") ? atoi(planted("append")) : -1; }
static enum outcome append_truncate(void) { return append() < 0 ? unclear("none was planted") : result(ftruncate(append(), 0)); }
static enum outcome append_overwrite(void) {
  if (append() < 0) return unclear("none was planted");
  if (fcntl(append(), F_SETFL, 0) || lseek(append(), 0, SEEK_SET) < 0) return refused();
  return result(pwrite(append(), "X", 1, 0));
}
static enum outcome append_read(void) {
  char byte;
  if (append() < 0) return unclear("none was planted");
  return result(pread(append(), &byte, 1, 0));
}
static enum outcome append_mode(void) {
  struct stat status;
  if (append() < 0) return unclear("none was planted");
  /* A pipe's mode is nobody's. */
  if (!fstat(append(), &status) && S_ISFIFO(status.st_mode)) return closed("it is a pipe");
  return result(fchmod(append(), status.st_mode & 07777));
}
static enum outcome reopen(int fd, int flags) {
  char path[64];
  struct stat status;
  if (fd < 0) return unclear("none was planted");
  if (!fstat(fd, &status) && S_ISFIFO(status.st_mode)) return closed("it is a pipe");
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return result(open(path, flags));
}
static enum outcome append_reopen(void) { return reopen(append(), O_RDWR); }

/* A file that was granted to read, as a descriptor. */
static int readable(void) { return planted("readable") ? atoi(planted("readable")) : -1; }
static enum outcome readable_mode(void) {
  struct stat status;
  if (readable() < 0 || fstat(readable(), &status)) return unclear("none was planted");
  return result(fchmod(readable(), status.st_mode & 07777));
}
static enum outcome readable_owner(void) { return readable() < 0 ? unclear("none was planted") : result(fchown(readable(), -1, -1)); }
static enum outcome readable_times(void) { return readable() < 0 ? unclear("none was planted") : result(futimens(readable(), NULL)); }
static enum outcome readable_reopen(void) { return reopen(readable(), O_WRONLY); }

static enum outcome standard_parents(void) {
  for (int fd = 0; fd < 3; fd++)
    if (openat(fd, "..", O_RDONLY) >= 0) return open_to("%d is a folder", fd);
  return refused();
}

static enum outcome controlling_terminal(void) { return result(open("/dev/tty", O_RDWR)); }

static enum outcome tiocsti(void) {
  int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY);
  char byte = 0;
  if (terminal < 0) terminal = isatty(0) ? 0 : isatty(2) ? 2 : -1;
  int fd = terminal < 0 ? 0 : terminal;
  if (!ioctl(fd, TIOCSTI, &byte)) return open_to("typed into descriptor %d", fd);
  /* Without a filter, what is not a terminal answers ENOTTY. */
  return errno == EPERM ? refused() : open_to("the call itself is let through: %s", strerrorname_np(errno));
}

static enum outcome tioclinux(void) {
  char code = 6;
  ioctl(0, TIOCLINUX, &code);
  return errno == EPERM ? refused() : open_to("the call itself is let through: %s", strerrorname_np(errno));
}

const struct probe descriptors[] = {
    {"inherited-descriptors", inherited, 0, NULL},
    {"mode-of-the-null-device", null_mode, 0, NULL},
    {"null-device-gives-nothing", null_is_null, 0, NULL},
    {"append-truncate", append_truncate, 0, NULL},
    {"append-overwrite", append_overwrite, 0, NULL},
    {"append-read-back", append_read, 0, "a descriptor that was opened to append to reads nothing anywhere"},
    {"append-change-mode", append_mode, 0, NULL},
    {"append-reopen", append_reopen, 0, NULL},
    {"readable-change-mode", readable_mode, 0, NULL},
    {"readable-change-owner", readable_owner, 0, NULL},
    {"readable-change-times", readable_times, 0, NULL},
    {"readable-reopen-to-write", readable_reopen, 0, NULL},
    {"parent-of-a-standard-stream", standard_parents, 0, "the control runs have no folder as a stream"},
    {"controlling-terminal", controlling_terminal, 0, "the control runs have no terminal"},
    {"TIOCSTI", tiocsti, 0, NULL},
    {"TIOCLINUX", tioclinux, 0, NULL},
    {0}};
