/* Sockets of the launcher's network that were granted as descriptors: `listen-KIND=FD` is one for each KIND of tcp, udp,
 * unix and unixgram. What they, and what is accepted from them, could be good for beyond answering. Somebody outside
 * connects to those that accept, again and again; `port=PORT` is where the launcher listens, and there is a socket file
 * `datagrams` in the folder. */
#include "hostile.h"
#include <arpa/inet.h>
#include <linux/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define UNGRANTED closed("nothing is granted")

static int descriptor(const char *kind) {
  char name[32];
  snprintf(name, sizeof name, "listen-%s", kind);
  return planted(name) ? atoi(planted(name)) : -1;
}
static struct sockaddr_in on_loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  return address;
}
static struct sockaddr_in victim(void) { return on_loopback(planted("port") ? atoi(planted("port")) : 1); }
static int disconnect(int s) {
  struct sockaddr none = {.sa_family = AF_UNSPEC};
  return connect(s, &none, sizeof none);
}
static enum outcome reaches_victim(int s) {
  struct sockaddr_in address = victim();
  struct linger none = {1, 0};
  setsockopt(s, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  return result(connect(s, (void *)&address, sizeof address));
}
/* Every probe has a process of its own, but they share the open files: this leaves the listener as it was. */
static int accepted(const char *kind) {
  struct pollfd comes = {.fd = descriptor(kind), .events = POLLIN};
  return poll(&comes, 1, 2000) == 1 ? accept(comes.fd, NULL, NULL) : -1;
}
static int accepted_and_disconnected(void) {
  int s = accepted("tcp");
  if (s < 0) return -1;
  shutdown(s, SHUT_RDWR);
  disconnect(s);
  return s;
}
#define NOBODY unclear("nobody came: %s", strerrorname_np(errno))

static enum outcome accepted_connects(void) {
  if (descriptor("tcp") < 0) return UNGRANTED;
  int s = accepted_and_disconnected();
  return s < 0 ? NOBODY : reaches_victim(s);
}
static enum outcome accepted_binds(void) {
  if (descriptor("tcp") < 0) return UNGRANTED;
  int s = accepted_and_disconnected();
  struct sockaddr_in address = on_loopback(0);
  return s < 0 ? NOBODY : result(bind(s, (void *)&address, sizeof address));
}
static enum outcome accepted_listens(void) {
  if (descriptor("tcp") < 0) return UNGRANTED;
  int s = accepted_and_disconnected();
  return s < 0 ? NOBODY : result(listen(s, 1));
}
static enum outcome accepted_fast_open(void) {
  if (descriptor("tcp") < 0) return UNGRANTED;
  int s = accepted_and_disconnected();
  struct sockaddr_in address = victim();
  return s < 0 ? NOBODY : result(sendto(s, "x", 1, MSG_FASTOPEN, (void *)&address, sizeof address));
}
/* The last of those about TCP: a listener that has been disconnected accepts nobody. */
static enum outcome listener_connects(void) {
  if (descriptor("tcp") < 0) return UNGRANTED;
  shutdown(descriptor("tcp"), SHUT_RDWR);
  disconnect(descriptor("tcp"));
  return reaches_victim(descriptor("tcp"));
}
static enum outcome tcp_to_device(void) {
  return descriptor("tcp") < 0 ? UNGRANTED : result(setsockopt(descriptor("tcp"), SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
}
static enum outcome udp_to_device(void) {
  return descriptor("udp") < 0 ? UNGRANTED : result(setsockopt(descriptor("udp"), SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
}
static enum outcome udp_membership(void) {
  struct ip_mreqn group = {.imr_multiaddr = {inet_addr("224.0.0.251")}, .imr_ifindex = 1};
  if (descriptor("udp") < 0) return UNGRANTED;
  return result(setsockopt(descriptor("udp"), IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
}
/* Every interface but the loopback is one of the host's; any socket of its network can be asked. */
static enum outcome interfaces(const char *kind) {
  struct ifreq found[32];
  struct ifconf all = {.ifc_len = sizeof found, .ifc_req = found};
  if (descriptor(kind) < 0) return UNGRANTED;
  if (!ioctl(descriptor(kind), SIOCGIFCONF, &all))
    for (int i = 0; i < (int)(all.ifc_len / sizeof *found); i++)
      if (strcmp(found[i].ifr_name, "lo")) return open_to("%s", found[i].ifr_name);
  for (int index = 1; index < 64; index++) {
    struct ifreq asked = {.ifr_ifindex = index};
    if (!ioctl(descriptor(kind), SIOCGIFNAME, &asked) && strcmp(asked.ifr_name, "lo"))
      return open_to("%d is %s", index, asked.ifr_name);
  }
  return closed("none but lo");
}
static enum outcome tcp_interfaces(void) { return interfaces("tcp"); }
static enum outcome udp_interfaces(void) { return interfaces("udp"); }
static enum outcome unix_interfaces(void) { return interfaces("unix"); }
static enum outcome unixgram_interfaces(void) { return interfaces("unixgram"); }

/* The file of somebody else's datagram socket, in a folder that is granted to read. */
static struct sockaddr_un neighbour(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s/datagrams", planted("folder") ? planted("folder") : "");
  return address;
}
enum send { SENDTO, SENDMSG, SENDMMSG, CONNECT };
static enum outcome send_by(enum send call, struct sockaddr_un address, socklen_t length) {
  int s = descriptor("unixgram");
  struct iovec data = {"x", 1};
  struct mmsghdr message = {.msg_hdr = {.msg_name = &address, .msg_namelen = length, .msg_iov = &data, .msg_iovlen = 1}};
  if (s < 0) return UNGRANTED;
  if (call == SENDTO) return result(sendto(s, "x", 1, MSG_DONTWAIT, (void *)&address, length));
  if (call == SENDMSG) return result(sendmsg(s, &message.msg_hdr, MSG_DONTWAIT));
  if (call == SENDMMSG) return result(sendmmsg(s, &message, 1, MSG_DONTWAIT));
  long connected = connect(s, (void *)&address, length);
  if (!connected) disconnect(s);
  return result(connected);
}
#define TO_A_FILE(function, call)                                                                                      \
  static enum outcome function(void) { return send_by(call, neighbour(), sizeof(struct sockaddr_un)); }
TO_A_FILE(datagram_sendto, SENDTO)
TO_A_FILE(datagram_sendmsg, SENDMSG)
TO_A_FILE(datagram_sendmmsg, SENDMMSG)
TO_A_FILE(datagram_connect, CONNECT)
/* `abstract-datagrams=NAME` */
static enum outcome datagram_abstract(enum send call) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *name = planted("abstract-datagrams");
  if (!name) return unclear("none was planted");
  strncpy(address.sun_path + 1, name, sizeof address.sun_path - 2);
  return send_by(call, address, sizeof address.sun_family + 1 + strlen(name));
}
static enum outcome datagram_abstract_sendto(void) { return datagram_abstract(SENDTO); }
static enum outcome datagram_abstract_sendmsg(void) { return datagram_abstract(SENDMSG); }
static enum outcome datagram_abstract_connect(void) { return datagram_abstract(CONNECT); }

/* The folder's other socket is one that accepts. */
static enum outcome unix_connects(int s) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (!planted("folder")) return unclear("none was planted");
  snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", planted("folder"));
  disconnect(s);
  return result(connect(s, (void *)&address, sizeof address));
}
static enum outcome unix_listener_connects(void) {
  return descriptor("unix") < 0 ? UNGRANTED : unix_connects(descriptor("unix"));
}
static enum outcome unix_accepted_connects(void) {
  if (descriptor("unix") < 0) return UNGRANTED;
  int s = accepted("unix");
  return s < 0 ? NOBODY : unix_connects(s);
}
static enum outcome unix_accepted_binds(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/tmp/hostile-socket"};
  if (descriptor("unix") < 0) return UNGRANTED;
  int s = accepted("unix");
  return s < 0 ? NOBODY : result(bind(s, (void *)&address, sizeof address));
}
static enum outcome unix_accepted_listens(void) {
  if (descriptor("unix") < 0) return UNGRANTED;
  int s = accepted("unix");
  return s < 0 ? NOBODY : result(listen(s, 1));
}
/* A descriptor of the process at the other end. */
static enum outcome unix_peer(void) {
  enum { PEER_PIDFD = 77 };
  if (descriptor("unix") < 0) return UNGRANTED;
  int s = accepted("unix"), process = -1;
  socklen_t length = sizeof process;
  return s < 0 ? NOBODY : result(getsockopt(s, SOL_SOCKET, PEER_PIDFD, &process, &length));
}

const struct probe listening[] = {
    {"accepted-socket-connects", accepted_connects, 0, NULL},
    {"accepted-socket-binds", accepted_binds, 0, NULL},
    {"accepted-socket-listens", accepted_listens, 0, NULL},
    {"accepted-socket-MSG_FASTOPEN", accepted_fast_open, 0, NULL},
    {"handed-TCP-SO_BINDTODEVICE", tcp_to_device, 0, NULL},
    {"handed-UDP-SO_BINDTODEVICE", udp_to_device, 0, NULL},
    {"handed-UDP-IP_ADD_MEMBERSHIP", udp_membership, 0, NULL},
    {"handed-TCP-interfaces", tcp_interfaces, 0, NULL},
    {"handed-UDP-interfaces", udp_interfaces, 0, NULL},
    {"handed-unix-interfaces", unix_interfaces, 0, NULL},
    {"handed-unixgram-interfaces", unixgram_interfaces, 0, NULL},
    {"datagram-to-a-file-by-sendto", datagram_sendto, 0, NULL},
    {"datagram-to-a-file-by-sendmsg", datagram_sendmsg, 0, NULL},
    {"datagram-to-a-file-by-sendmmsg", datagram_sendmmsg, 0, NULL},
    {"datagrams-connected-to-a-file", datagram_connect, 0, NULL},
    {"datagram-to-an-abstract-name-by-sendto", datagram_abstract_sendto, 0, NULL},
    {"datagram-to-an-abstract-name-by-sendmsg", datagram_abstract_sendmsg, 0, NULL},
    {"datagrams-connected-to-an-abstract-name", datagram_abstract_connect, 0, NULL},
    {"handed-unix-connects", unix_listener_connects, 0, "the kernel connects no socket that listens"},
    {"accepted-unix-connects", unix_accepted_connects, 0, "the kernel connects no stream of AF_UNIX twice"},
    {"accepted-unix-binds", unix_accepted_binds, 0, "an accepted socket of AF_UNIX has its listener's address"},
    {"accepted-unix-listens", unix_accepted_listens, 0, "a connected socket of AF_UNIX never listens"},
    {"peer-of-an-accepted-unix", unix_peer, 0, NULL},
    /* They end the listener. */
    {"handed-TCP-connects", listener_connects, 0, NULL},
    {0}};
