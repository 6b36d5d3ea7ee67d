/* With a grant to serve a TCP and a UDP port, `served=PORT`: what a socket of the launcher's network could be good for
 * beyond that. `port=PORT` is one where the launcher listens, on the loopback interface. */
#include "hostile.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define UNGRANTED closed("nothing is granted")
struct if_nameindex { unsigned int if_index; char *if_name; };
struct if_nameindex *if_nameindex(void);

static struct sockaddr_in at(const char *host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}
static int port_of(const char *name) { return planted(name) ? atoi(planted(name)) : 0; }
static struct sockaddr_in victim(void) { return at("127.0.0.1", port_of("port")); }
/* A connection ends by a reset: one that lingers would be in the next probe's way. */
static int new_socket(int kind) {
  int s = socket(AF_INET, kind, 0), one = 1;
  struct linger reset = {1, 0};
  if (s >= 0) setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (s >= 0) setsockopt(s, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  return s;
}
/* Bound by the grant. */
static int bound(int kind) {
  int s = new_socket(kind);
  struct sockaddr_in address = at("0.0.0.0", port_of("served"));
  return s >= 0 && !bind(s, (void *)&address, sizeof address) ? s : -1;
}
static enum outcome reaches_victim(int s) {
  struct sockaddr_in address = victim();
  /* Closed without a trace, or the next one from the same port finds the pair of addresses in use. */
  struct linger none = {1, 0};
  if (s < 0) return unclear("no socket: %s", strerrorname_np(errno));
  setsockopt(s, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  return result(connect(s, (void *)&address, sizeof address));
}
static int disconnect(int s) {
  struct sockaddr_in none = {.sin_family = AF_UNSPEC};
  return connect(s, (void *)&none, sizeof none);
}

static enum outcome connect_new(void) { return planted("served") ? reaches_victim(new_socket(SOCK_STREAM)) : UNGRANTED; }
static enum outcome connect_bound(void) { return planted("served") ? reaches_victim(bound(SOCK_STREAM)) : UNGRANTED; }
static enum outcome connect_listening(void) {
  if (!planted("served")) return UNGRANTED;
  int s = bound(SOCK_STREAM);
  if (s < 0 || listen(s, 1)) return unclear("it could not listen: %s", strerrorname_np(errno));
  shutdown(s, SHUT_RDWR);
  disconnect(s);
  return reaches_victim(s);
}
/* `reached=PORT` is granted, on the loopback interface. */
static int connected(void) {
  int s = new_socket(SOCK_STREAM);
  struct sockaddr_in address = at("127.0.0.1", port_of("reached"));
  return s >= 0 && !connect(s, (void *)&address, sizeof address) ? s : -1;
}
static enum outcome reconnect(void) {
  if (!planted("reached")) return UNGRANTED;
  int s = connected();
  if (s < 0) return unclear("it could not connect: %s", strerrorname_np(errno));
  shutdown(s, SHUT_RDWR);
  if (disconnect(s)) return unclear("it could not disconnect: %s", strerrorname_np(errno));
  return reaches_victim(s);
}
static enum outcome listen_after_connection(void) {
  if (!planted("reached")) return UNGRANTED;
  int s = connected();
  if (s < 0) return unclear("it could not connect: %s", strerrorname_np(errno));
  disconnect(s);
  return result(listen(s, 1));
}
static enum outcome reach_neighbours(void) {
  if (!planted("reached")) return UNGRANTED;
  for (int address = 1; address < 4; address++) {
    static const char *const hosts[] = {"", "127.0.0.2", "0.0.0.0", "127.1.2.3"};
    int s = new_socket(SOCK_STREAM);
    struct sockaddr_in neighbour = at(hosts[address], port_of("reached"));
    if (!connect(s, (void *)&neighbour, sizeof neighbour)) return open_to("%s", hosts[address]);
  }
  return refused();
}
static enum outcome fast_open(int call) {
  if (!planted("served")) return UNGRANTED;
  int s = new_socket(SOCK_STREAM);
  struct sockaddr_in address = victim();
  struct iovec data = {"x", 1};
  struct mmsghdr message = {.msg_hdr = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &data, .msg_iovlen = 1}};
  if (s < 0) return unclear("no socket");
  if (call == 0) return result(sendto(s, "x", 1, MSG_FASTOPEN, (void *)&address, sizeof address));
  if (call == 1) return result(sendmsg(s, &message.msg_hdr, MSG_FASTOPEN));
  return result(sendmmsg(s, &message, 1, MSG_FASTOPEN));
}
static enum outcome fast_open_sendto(void) { return fast_open(0); }
static enum outcome fast_open_sendmsg(void) { return fast_open(1); }
static enum outcome fast_open_sendmmsg(void) { return fast_open(2); }
static enum outcome fast_open_connect(void) {
  int s = new_socket(SOCK_STREAM), one = 1;
  return planted("served") ? result(setsockopt(s, IPPROTO_TCP, 30, &one, sizeof one)) : UNGRANTED;
}
/* What names an address is a connection to it, or nothing. */
static enum outcome tcp_by_sendto(void) {
  if (!planted("served")) return UNGRANTED;
  int s = new_socket(SOCK_STREAM);
  struct sockaddr_in address = victim();
  return s < 0 ? unclear("no socket") : result(sendto(s, "x", 1, MSG_NOSIGNAL, (void *)&address, sizeof address));
}
static enum outcome other_port(void) {
  if (!planted("served")) return UNGRANTED;
  int s = new_socket(SOCK_STREAM);
  struct sockaddr_in address = at("0.0.0.0", port_of("served") + 1);
  return s < 0 ? unclear("no socket") : result(bind(s, (void *)&address, sizeof address));
}
/* A UDP port that is not granted is bound in the void's own network. Another socket there has the same port free. */
static enum outcome other_udp_port(void) {
  if (!planted("served") || !planted("elsewhere")) return UNGRANTED;
  int s = new_socket(SOCK_DGRAM);
  struct sockaddr_in address = at("127.0.0.1", port_of("elsewhere"));
  if (s < 0) return unclear("no socket");
  if (!bind(s, (void *)&address, sizeof address)) return closed("bound where nobody calls");
  return errno == EADDRINUSE ? open_to("the launcher's own socket is in the way") : refused();
}
static enum outcome listen_unbound(void) {
  if (!planted("served")) return UNGRANTED;
  int s = new_socket(SOCK_STREAM);
  return s < 0 ? unclear("no socket") : result(listen(s, 1));
}
/* A connection that was refused leaves a number that looks like a port. */
static enum outcome listen_after_refusal(void) {
  if (!planted("served")) return UNGRANTED;
  int s = new_socket(SOCK_STREAM);
  struct sockaddr_in nobody = at("127.0.0.1", 1);
  if (s < 0) return unclear("no socket");
  connect(s, (void *)&nobody, sizeof nobody);
  disconnect(s);
  return result(listen(s, 1));
}
#define OPTION(function, kind, level, name, value)                                                                     \
  static enum outcome function(void) {                                                                                 \
    if (!planted("served")) return UNGRANTED;                                                                          \
    int s = new_socket(kind);                                                                                          \
    __auto_type given = value;                                                                                         \
    return s < 0 ? unclear("no socket") : result(setsockopt(s, level, name, &given, sizeof given));                    \
  }
struct device { char name[3]; };
OPTION(to_device, SOCK_STREAM, SOL_SOCKET, SO_BINDTODEVICE, ((struct device){"lo"}))
OPTION(mark, SOCK_STREAM, SOL_SOCKET, SO_MARK, 1)
OPTION(transparent, SOCK_STREAM, IPPROTO_IP, IP_TRANSPARENT, 1)
OPTION(membership, SOCK_DGRAM, IPPROTO_IP, IP_ADD_MEMBERSHIP,
       ((struct ip_mreqn){.imr_multiaddr = {inet_addr("224.0.0.251")}, .imr_ifindex = 1}))
OPTION(multicast_interface, SOCK_DGRAM, IPPROTO_IP, IP_MULTICAST_IF, ((struct ip_mreqn){.imr_ifindex = 1}))
OPTION(source_route, SOCK_STREAM, IPPROTO_IP, IP_OPTIONS, ((struct { unsigned char o[8]; }){{131, 7, 4, 127, 0, 0, 1, 0}}))

/* Every interface here but the loopback is one of the host's. */
static enum outcome interfaces_by_ioctl(void) {
  if (!planted("served")) return UNGRANTED;
  int s = new_socket(SOCK_DGRAM);
  struct ifreq found[32];
  struct ifconf all = {.ifc_len = sizeof found, .ifc_req = found};
  if (!ioctl(s, SIOCGIFCONF, &all))
    for (int i = 0; i < (int)(all.ifc_len / sizeof *found); i++)
      if (strcmp(found[i].ifr_name, "lo")) return open_to("%s", found[i].ifr_name);
  for (int index = 1; index < 64; index++) {
    struct ifreq asked = {.ifr_ifindex = index};
    if (!ioctl(s, SIOCGIFNAME, &asked) && strcmp(asked.ifr_name, "lo")) return open_to("%d is %s", index, asked.ifr_name);
  }
  return closed("none but lo");
}
static enum outcome interfaces_by_netlink(void) {
  if (!planted("served")) return UNGRANTED;
  struct if_nameindex *all = if_nameindex();
  if (!all) return refused();
  for (; all->if_index; all++)
    if (strcmp(all->if_name, "lo")) return open_to("%s", all->if_name);
  return closed("none but lo");
}
/* Whoever listens to a filter decides what becomes of a call. */
static enum outcome own_listener(void) {
  if (!planted("served")) return UNGRANTED;
  struct sock_filter wait[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {1, wait};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

const struct probe network[] = {
    {"granted-socket-connects", connect_new, 0, NULL},
    {"bound-socket-connects", connect_bound, 0, NULL},
    {"listening-socket-connects", connect_listening, 0, NULL},
    {"connection-made-anew", reconnect, 0, NULL},
    {"listen-after-a-connection", listen_after_connection, 0, NULL},
    {"neighbours-of-a-destination", reach_neighbours, 0, NULL},
    {"MSG_FASTOPEN-by-sendto", fast_open_sendto, 0, NULL},
    {"MSG_FASTOPEN-by-sendmsg", fast_open_sendmsg, 0, NULL},
    {"MSG_FASTOPEN-by-sendmmsg", fast_open_sendmmsg, 0, NULL},
    {"TCP_FASTOPEN_CONNECT", fast_open_connect, 0, NULL},
    {"TCP-by-sendto", tcp_by_sendto, 0, "TCP sends to nobody without a connection"},
    {"bind-another-port", other_port, 0, NULL},
    {"bind-another-UDP-port", other_udp_port, 0, NULL},
    {"listen-without-a-port", listen_unbound, 0, NULL},
    {"listen-after-a-refusal", listen_after_refusal, 0, NULL},
    {"SO_BINDTODEVICE", to_device, 0, NULL},
    {"SO_MARK", mark, 0, NULL},
    {"IP_TRANSPARENT", transparent, 0, NULL},
    {"IP_ADD_MEMBERSHIP", membership, 0, NULL},
    {"IP_MULTICAST_IF", multicast_interface, 0, NULL},
    {"IP_OPTIONS", source_route, 0, NULL},
    {"interfaces-by-ioctl", interfaces_by_ioctl, 0, NULL},
    {"interfaces-by-netlink", interfaces_by_netlink, 0, NULL},
    {"listener-of-its-own", own_listener, 0, NULL},
    {0}};
