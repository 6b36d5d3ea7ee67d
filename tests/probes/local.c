/* AF_UNIX sockets: `folder=PATH` is granted to read and has a socket `socket` and one for datagrams, `datagrams`, which
 * somebody of the launcher's has. `writable=PATH` is the program's own. */
#include "hostile.h"
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un at(const char *folder, const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", folder, name);
  return address;
}
static struct sockaddr_un neighbour(const char *name) { return at(planted("folder") ? planted("folder") : "/folder", name); }
static struct sockaddr_un own(const char *name) { return at(planted("writable") ? planted("writable") : "/tmp", name); }

/* One end of a pair can name an address as any socket for datagrams can. */
static enum outcome from_pair(int how) {
  int ends[2];
  struct sockaddr_un address = neighbour("datagrams");
  struct iovec data = {"x", 1};
  struct mmsghdr message = {.msg_hdr = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &data, .msg_iovlen = 1}};
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends)) return refused();
  if (how == 0) return result(sendto(ends[0], "x", 1, 0, (void *)&address, sizeof address));
  if (how == 1) return result(sendmsg(ends[0], &message.msg_hdr, 0));
  if (how == 2) return result(sendmmsg(ends[0], &message, 1, 0));
  return result(connect(ends[0], (void *)&address, sizeof address));
}
static enum outcome pair_sendto(void) { return from_pair(0); }
static enum outcome pair_sendmsg(void) { return from_pair(1); }
static enum outcome pair_sendmmsg(void) { return from_pair(2); }
static enum outcome pair_connect(void) { return from_pair(3); }

static enum outcome datagram(void) {
  int s = socket(AF_UNIX, SOCK_DGRAM, 0);
  struct sockaddr_un address = neighbour("datagrams");
  return s < 0 ? refused() : result(sendto(s, "x", 1, 0, (void *)&address, sizeof address));
}
static enum outcome connect_to(struct sockaddr_un address) {
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  return s < 0 ? refused() : result(connect(s, (void *)&address, sizeof address));
}
/* A path of its own, which leads elsewhere by the time it is connected to. */
static enum outcome through_symlink(void) {
  struct sockaddr_un here = own("leads-out"), there = neighbour("socket");
  unlink(here.sun_path);
  if (symlink(there.sun_path, here.sun_path)) return refused();
  return connect_to(here);
}
static enum outcome in_place_of_own(void) {
  struct sockaddr_un here = own("replaced"), there = neighbour("socket");
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  unlink(here.sun_path);
  if (s < 0 || bind(s, (void *)&here, sizeof here) || listen(s, 1)) return refused();
  unlink(here.sun_path);
  if (symlink(there.sun_path, here.sun_path)) return refused();
  return connect_to(here);
}
static enum outcome relative(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
  if (chdir(planted("folder") ? planted("folder") : "/folder")) return refused();
  return connect_to(address);
}
static enum outcome bind_read_only(void) {
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un address = neighbour("made");
  if (s < 0) return refused();
  int bound = bind(s, (void *)&address, sizeof address);
  if (!bound) unlink(address.sun_path);
  return result(bound);
}

const struct probe local[] = {
    {"datagram-pair-by-sendto", pair_sendto, 0, NULL},
    {"datagram-pair-by-sendmsg", pair_sendmsg, 0, NULL},
    {"datagram-pair-by-sendmmsg", pair_sendmmsg, 0, NULL},
    {"datagram-pair-by-connect", pair_connect, 0, NULL},
    {"datagram-to-a-folder", datagram, 0, NULL},
    {"socket-through-a-symlink", through_symlink, 0, NULL},
    {"socket-in-place-of-its-own", in_place_of_own, 0, NULL},
    {"socket-by-a-relative-path", relative, 0, NULL},
    {"bind-in-a-read-only-folder", bind_read_only, 0, NULL},
    {0}};
