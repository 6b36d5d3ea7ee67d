/* With a grant to send to one UDP port of the loopback interface, `sends=PORT`: whether anything else is sent to.
 * `elsewhere=PORT` is one where somebody else receives. */
#include "hostile.h"
#include <arpa/inet.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int sending(void) { return planted("sends") != NULL; }
#define UNGRANTED closed("nothing is granted")

static struct sockaddr_in at(const char *host, const char *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(planted(port) ? atoi(planted(port)) : 9)};
  inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}
static struct sockaddr_in granted(void) { return at("127.0.0.1", "sends"); }
static struct sockaddr_in victim(void) { return at("127.0.0.1", "elsewhere"); }
static int datagrams(void) { return socket(AF_INET, SOCK_DGRAM, 0); }
static int connected(void) {
  int s = datagrams();
  struct sockaddr_in address = granted();
  return s >= 0 && !connect(s, (void *)&address, sizeof address) ? s : -1;
}
static enum outcome send_by(int s, struct sockaddr_in address, int call, int flags) {
  struct iovec data = {"x", 1};
  struct mmsghdr message = {.msg_hdr = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &data, .msg_iovlen = 1}};
  if (s < 0) return unclear("no socket: %s", strerrorname_np(errno));
  if (call == 0) return result(sendto(s, "x", 1, flags, (void *)&address, sizeof address));
  if (call == 1) return result(sendmsg(s, &message.msg_hdr, flags));
  return result(sendmmsg(s, &message, 1, flags));
}
#define SEND(name, socket, address, call, flags)                                                                       \
  static enum outcome name(void) { return sending() ? send_by(socket, address, call, flags) : UNGRANTED; }
SEND(new_sendto, datagrams(), victim(), 0, 0)
SEND(new_sendmsg, datagrams(), victim(), 1, 0)
SEND(new_sendmmsg, datagrams(), victim(), 2, 0)
SEND(connected_sendto, connected(), victim(), 0, 0)
SEND(connected_sendmsg, connected(), victim(), 1, 0)
SEND(connected_sendmmsg, connected(), victim(), 2, 0)
SEND(confirming, connected(), victim(), 0, MSG_CONFIRM)
SEND(more, connected(), victim(), 0, MSG_MORE)
SEND(other_address, datagrams(), at("127.0.0.2", "sends"), 0, 0)
SEND(this_host, datagrams(), at("0.0.0.0", "sends"), 0, 0)

/* Each message of one call names an address of its own. */
static enum outcome among_others(void) {
  if (!sending()) return UNGRANTED;
  struct sockaddr_in addresses[] = {granted(), victim(), granted()};
  struct iovec data = {"x", 1};
  struct mmsghdr messages[3] = {0};
  for (int i = 0; i < 3; i++)
    messages[i].msg_hdr = (struct msghdr){.msg_name = &addresses[i], .msg_namelen = sizeof addresses[i], .msg_iov = &data, .msg_iovlen = 1};
  int sent = sendmmsg(datagrams(), messages, 3, 0);
  return sent > 1 ? open_to("%d were sent", sent) : closed("%d was sent", sent);
}
static enum outcome connect_elsewhere(int again) {
  if (!sending()) return UNGRANTED;
  int s = again ? connected() : datagrams();
  struct sockaddr_in none = {.sin_family = AF_UNSPEC}, address = victim();
  if (s < 0) return unclear("no socket: %s", strerrorname_np(errno));
  if (again) connect(s, (void *)&none, sizeof none);
  return result(connect(s, (void *)&address, sizeof address));
}
static enum outcome connect_new(void) { return connect_elsewhere(0); }
static enum outcome connect_again(void) { return connect_elsewhere(1); }
/* AF_UNSPEC is AF_INET to sendto(2). */
static enum outcome without_family(void) {
  struct sockaddr_in address = victim();
  address.sin_family = AF_UNSPEC;
  return sending() ? send_by(datagrams(), address, 0, 0) : UNGRANTED;
}
/* Loose source routing: first to the granted address, from there to the other. */
static enum outcome source_route(void) {
  if (!sending()) return UNGRANTED;
  struct { struct cmsghdr header; unsigned char route[8]; } control = {
      {CMSG_LEN(8), IPPROTO_IP, IP_RETOPTS}, {131, 7, 4, 127, 0, 0, 1, 0}};
  struct sockaddr_in address = granted();
  struct iovec data = {"x", 1};
  struct msghdr message = {&address, sizeof address, &data, 1, &control, sizeof control, 0};
  return result(sendmsg(datagrams(), &message, 0));
}
/* A port that others would then send to. */
static enum outcome takes_port(void) {
  if (!sending()) return UNGRANTED;
  int s = datagrams(), free = 0;
  struct sockaddr_in address = {.sin_family = AF_INET}, bound = {0};
  socklen_t length = sizeof bound;
  for (int port = 20000; port < 20064 && !free; port++) {
    address.sin_port = htons(port);
    free = !bind(s, (void *)&address, sizeof address);
  }
  if (!free) return refused();
  getsockname(s, (void *)&bound, &length);
  return bound.sin_port == address.sin_port ? open_to("port %d", ntohs(bound.sin_port)) : closed("the kernel chose another");
}

/* Who sends to an address that is named is asked for no privilege but that of the sender: who performs it for others has some. */
static enum outcome raise_by_netlink(int named) {
  struct { struct nlmsghdr header; struct ifinfomsg link; } change = {
      {sizeof change, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0}, {.ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP}};
  struct { struct nlmsghdr header; struct nlmsgerr error; } answer;
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  struct iovec data = {&change, sizeof change};
  struct msghdr message = {.msg_name = &kernel, .msg_namelen = sizeof kernel, .msg_iov = &data, .msg_iovlen = 1};
  int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (s < 0) return refused();
  long sent = named == 0   ? send(s, &change, sizeof change, 0)
              : named == 1 ? sendto(s, &change, sizeof change, 0, (void *)&kernel, sizeof kernel)
                           : sendmsg(s, &message, 0);
  if (sent < 0 || recv(s, &answer, sizeof answer, 0) < 0) return refused();
  errno = -answer.error.error;
  return errno ? refused() : open_to("it is up");
}
static enum outcome raise_by_send(void) { return raise_by_netlink(0); }
static enum outcome raise_by_sendto(void) { return raise_by_netlink(1); }
static enum outcome raise_by_sendmsg(void) { return raise_by_netlink(2); }
/* Where a message names whom it goes to, netlink(7) only looks at the privilege of who sends it. */
static enum outcome by_netlink(int type, const void *body, size_t size) {
  char buffer[256] = {0}, answer[1024];
  struct nlmsghdr *message = (void *)buffer, *answered = (void *)answer;
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (s < 0) return refused();
  *message = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(size), .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK};
  memcpy(NLMSG_DATA(message), body, size);
  if (sendto(s, buffer, message->nlmsg_len, 0, (void *)&kernel, sizeof kernel) < 0) return refused();
  if (recv(s, answer, sizeof answer, 0) < 0) return refused();
  if (answered->nlmsg_type != NLMSG_ERROR) return open_to("an answer of type %d", answered->nlmsg_type);
  errno = -((struct nlmsgerr *)NLMSG_DATA(answered))->error;
  return result(errno ? -1 : 0);
}
/* In which network pid 1 is: of the processes that the shim sees. */
static enum outcome network_of_a_process(void) {
  struct { struct rtgenmsg of; char gap[3]; struct nlattr kind; int pid; } asked = {.kind = {8, NETNSA_PID}, .pid = 1};
  return sending() ? by_netlink(RTM_GETNSID, &asked, sizeof asked) : UNGRANTED;
}

const struct probe sends[] = {
    {"process-asked-for-by-netlink", network_of_a_process, 0, NULL},
    {"UDP-elsewhere-by-sendto", new_sendto, 0, NULL},
    {"UDP-elsewhere-by-sendmsg", new_sendmsg, 0, NULL},
    {"UDP-elsewhere-by-sendmmsg", new_sendmmsg, 0, NULL},
    {"connected-UDP-elsewhere-by-sendto", connected_sendto, 0, NULL},
    {"connected-UDP-elsewhere-by-sendmsg", connected_sendmsg, 0, NULL},
    {"connected-UDP-elsewhere-by-sendmmsg", connected_sendmmsg, 0, NULL},
    {"UDP-elsewhere-with-MSG_CONFIRM", confirming, 0, NULL},
    {"UDP-elsewhere-with-MSG_MORE", more, 0, NULL},
    {"UDP-to-another-address", other_address, 0, NULL},
    {"UDP-to-this-host", this_host, 0, NULL},
    {"UDP-elsewhere-among-others", among_others, 0, NULL},
    {"UDP-connects-elsewhere", connect_new, 0, NULL},
    {"UDP-connects-elsewhere-afterwards", connect_again, 0, NULL},
    {"UDP-elsewhere-without-a-family", without_family, 0, NULL},
    {"UDP-source-route", source_route, 0, NULL},
    {"UDP-takes-a-port", takes_port, 0, NULL},
    {"loopback-raised-by-send", raise_by_send, 1, NULL},
    {"loopback-raised-by-sendto", raise_by_sendto, 1, NULL},
    {"loopback-raised-by-sendmsg", raise_by_sendmsg, 1, NULL},
    {0}};
