/* Families that reach beyond a network namespace, and the network itself. */
#include "hostile.h"
#include <arpa/inet.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SOCKET(name, family, kind, protocol)                                                                           \
  static enum outcome name(void) { return result(socket(family, kind, protocol)); }
SOCKET(vsock, AF_VSOCK, SOCK_STREAM, 0)
SOCKET(alg, AF_ALG, SOCK_SEQPACKET, 0)
SOCKET(packet, AF_PACKET, SOCK_RAW, 0)
SOCKET(xdp, 44, SOCK_RAW, 0)
SOCKET(unix_socket, AF_UNIX, SOCK_STREAM, 0)
SOCKET(bluetooth, AF_BLUETOOTH, SOCK_RAW, 1)
SOCKET(tipc, 30, SOCK_STREAM, 0)
SOCKET(can, AF_CAN, SOCK_RAW, 1)
SOCKET(raw, AF_INET, SOCK_RAW, IPPROTO_ICMP)
SOCKET(raw6, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)
SOCKET(sctp, AF_INET, SOCK_STREAM, IPPROTO_SCTP)
SOCKET(mptcp, AF_INET, SOCK_STREAM, 262)
SOCKET(udplite, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE)

/* What an interface is called and which address it has, of the network that one is in. */
SOCKET(netlink_route, AF_NETLINK, SOCK_RAW, 0)
static enum outcome netlink(void) {
  for (int protocol = 1; protocol < 23; protocol++)
    if (socket(AF_NETLINK, SOCK_RAW, protocol) >= 0) return open_to("protocol %d", protocol);
  return refused();
}
static enum outcome vsock_host(void) {
  int s = socket(AF_VSOCK, SOCK_STREAM, 0);
  struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HOST, .svm_port = 9};
  if (s < 0) return refused();
  if (!connect(s, (void *)&address, sizeof address)) return open_to("connected to the hypervisor");
  return open_to("the hypervisor was asked: %s", strerrorname_np(errno));
}
static enum outcome other_family(void) {
  for (int family = 3; family < 64; family++) {
    static const int kinds[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET};
    if (family == AF_INET6 || family == AF_NETLINK) continue;
    for (int kind = 0; kind < 4; kind++)
      if (socket(family, kinds[kind], 0) >= 0) return open_to("family %d", family);
  }
  return refused();
}
static enum outcome pair(void) {
  int ends[2];
  return result(socketpair(AF_NETLINK, SOCK_RAW, 0, ends) && socketpair(30, SOCK_STREAM, 0, ends) ? -1 : 0);
}
static enum outcome abstract(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *name = planted("abstract");
  if (!name) return unclear("none was planted");
  strncpy(address.sun_path + 1, name, sizeof address.sun_path - 2);
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  return s < 0 ? refused() : result(connect(s, (void *)&address, 2 + 1 + strlen(name)));
}
/* Port 1, which is planted as an own port where the launcher listens. */
static enum outcome connect_to(const char *host) {
  int s = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(planted("port") ? atoi(planted("port")) : 1)};
  inet_pton(AF_INET, host, &address.sin_addr);
  if (s < 0) return refused();
  return result(connect(s, (void *)&address, sizeof address));
}
static enum outcome loopback(void) { return connect_to("127.0.0.1"); }
static enum outcome bind_tcp(void) {
  int s = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET};
  return s < 0 ? refused() : result(bind(s, (void *)&address, sizeof address));
}
static enum outcome send_udp(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  return s < 0 ? refused() : result(sendto(s, "x", 1, 0, (void *)&address, sizeof address));
}

const struct probe sockets[] = {
    {"AF_VSOCK", vsock, 0, NULL},
    {"AF_VSOCK-to-the-hypervisor", vsock_host, 1, NULL},
    {"AF_ALG", alg, 0, "this kernel may be built without it"},
    {"AF_PACKET", packet, 0, NULL},
    {"AF_XDP", xdp, 0, "this kernel may be built without it"},
    {"AF_UNIX", unix_socket, 0, NULL},
    {"AF_BLUETOOTH", bluetooth, 0, "this kernel may be built without it"},
    {"AF_TIPC", tipc, 0, "this kernel may be built without it"},
    {"AF_CAN", can, 0, "this kernel may be built without it"},
    {"netlink", netlink, 0, NULL},
    {"netlink-route", netlink_route, 0, NULL},
    {"raw-socket", raw, 0, NULL},
    {"raw-socket-6", raw6, 0, NULL},
    {"SCTP", sctp, 0, "this kernel may be built without it"},
    {"MPTCP", mptcp, 0, "this kernel may be built without it"},
    {"UDP-Lite", udplite, 0, "this kernel may be built without it"},
    {"other-families", other_family, 0, NULL},
    {"socketpair-of-other-families", pair, 0, "only AF_UNIX and AF_TIPC have pairs"},
    {"abstract-socket", abstract, 0, NULL},
    {"connect-to-loopback", loopback, 0, NULL},
    {"bind-TCP", bind_tcp, 0, NULL},
    {"send-UDP", send_udp, 0, NULL},
    {0}};
