"""A process with something of every kind open. It says which descriptor is what, as JSON, and waits for its end.

Arguments: a folder to make files in, and the number of a process to have a pidfd of."""
import fcntl
import json
import os
import select
import signal
import socket
import sys

folder, process = sys.argv[1], int(sys.argv[2])
opened = {}


def keep(name, number):
    """Far away from those that Python has for itself, and only there."""
    opened[name] = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 100)
    os.close(number)


def path(name):
    return os.fsencode(os.path.join(folder, name))


def make(name):
    return os.open(name, os.O_RDWR | os.O_CREAT)


keep("file", make(path("plain")))
keep("reading", os.open(path("plain"), os.O_RDONLY))
keep("writing", os.open(path("plain"), os.O_WRONLY | os.O_APPEND))
keep("place", os.open(path("plain"), os.O_PATH))
keep("folder", os.open(folder, os.O_RDONLY))
keep("inheritable", os.open(path("plain"), os.O_RDONLY))
os.set_inheritable(opened["inheritable"], True)
odd = path("odd\n (deleted) ) (") + b"\xff"
keep("odd", make(odd))
keep("deleted", make(path("gone")))
os.unlink(path("gone"))
keep("looks deleted", make(path("here (deleted)")))
os.link(path("here (deleted)"), path("another"))
keep("linked", make(path("linked")))
os.link(path("linked"), path("link"))
os.unlink(path("linked"))
keep("null", os.open("/dev/null", os.O_RDWR))
os.mkfifo(path("fifo"))
keep("fifo", os.open(path("fifo"), os.O_RDWR))
read, write = os.pipe()
keep("pipe read", read)
keep("pipe write", write)
keep("memory", os.memfd_create("a name (deleted)"))
epoll = select.epoll()
keep("epoll", os.dup(epoll.fileno()))
keep("event", os.eventfd(0))
keep("pidfd", os.pidfd_open(process))
keep("namespace", os.open("/proc/self/ns/net", os.O_RDONLY))

sockets = {}


def hold(name, made):
    keep(name, made.detach())
    sockets[name] = socket.socket(fileno=opened[name])
    return sockets[name]


left, right = socket.socketpair()
left, right = hold("pair left", left), hold("pair right", right)
listening = hold("unix listen", socket.socket(socket.AF_UNIX))
listening.bind(path("socket"))
listening.listen()
client = hold("unix client", socket.socket(socket.AF_UNIX))
client.connect(path("socket"))
hold("unix server", listening.accept()[0])
abstract = hold("abstract", socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
abstract.bind(b"\0privileges\0%d" % os.getpid())
tcp = hold("tcp listen", socket.socket())
tcp.bind(("127.0.0.1", 0))
tcp.listen()
client = hold("tcp client", socket.socket())
client.connect(tcp.getsockname())
hold("tcp server", tcp.accept()[0])
tcp6 = hold("tcp6 listen", socket.socket(socket.AF_INET6))
tcp6.bind(("::1", 0))
tcp6.listen()
hold("tcp unbound", socket.socket())
udp = hold("udp", socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
udp.bind(("127.0.0.1", 0))
other = hold("udp connected", socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
other.connect(udp.getsockname())
udp.connect(other.getsockname())
udp6 = hold("udp6", socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
udp6.bind(("::1", 0))
netlink = hold("netlink", socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
netlink.bind((0, 0))
if os.geteuid() == 0:
    raw = hold("raw", socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
    hold("packet", socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))

internet = (socket.AF_INET, socket.AF_INET6)
addresses = {name: made.getsockname() for name, made in sockets.items() if made.family in internet}
print(json.dumps({"opened": opened, "addresses": addresses}), flush=True)
signal.pause()
