"""Does what a service manager does before it executes a service: opens sockets, puts them at descriptors from 3 up, and
says so in the environment.

    activate.py [pid=PID] [NAME=KIND:ADDRESS…] -- COMMAND [ARGUMENT…]

KIND is tcp, udp, unix, unixgram, unixpacket, or one that no grant may take: connected, file, mptcp, elsewhere (a TCP
socket of another network)."""
import ctypes, fcntl, os, socket, sys

split = sys.argv.index("--")
asked, command = dict(word.split("=", 1) for word in sys.argv[1:split]), sys.argv[split + 1:]
pid = asked.pop("pid", str(os.getpid()))
UNIX = {"unix": socket.SOCK_STREAM, "unixgram": socket.SOCK_DGRAM, "unixpacket": socket.SOCK_SEQPACKET}


def listening(made, address):
    made.bind(address)
    if made.type != socket.SOCK_DGRAM:
        made.listen()
    return made


def opened(kind, address):
    if kind in UNIX:
        return listening(socket.socket(socket.AF_UNIX, UNIX[kind]), address)
    if kind == "connected":
        return socket.socketpair()[0]
    if kind == "file":
        return open(address)
    if kind == "elsewhere":
        ours, theirs = socket.socketpair()
        if not os.fork():
            assert ctypes.CDLL(None).unshare(0x50000000) == 0  # CLONE_NEWUSER | CLONE_NEWNET
            made = listening(socket.socket(), ("0.0.0.0", 8080))
            socket.send_fds(theirs, [b"x"], [made.fileno()])
            os._exit(0)
        return socket.socket(fileno=socket.recv_fds(ours, 1, 1)[1][0])
    host, port = address.rsplit(":", 1)
    if kind == "mptcp":
        return listening(socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262), (host, int(port)))
    made = socket.socket(socket.AF_INET, {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}[kind])
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return listening(made, (host, int(port)))


handed = [opened(*description.split(":", 1)) for description in asked.values()]
# First out of the way: they may lie where the others go.
apart = [fcntl.fcntl(one.fileno(), fcntl.F_DUPFD, 100) for one in handed]
for number, fd in enumerate(apart, 3):
    os.dup2(fd, number)
os.closerange(3 + len(handed), 200)
os.environ.update(LISTEN_PID=pid, LISTEN_FDS=str(len(handed)), LISTEN_FDNAMES=":".join(asked))
os.execv(command[0], command)
