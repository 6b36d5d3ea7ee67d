"""Sends to 127.0.0.1:GRANTED, where what arrives is sent back, in every way there is; and to OTHER, which is not granted."""
import array, errno, os, socket, sys

granted, other = [("127.0.0.1", int(port)) for port in sys.argv[1:]]
IP_PKTINFO = 8


def datagrams(family=socket.AF_INET):
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.settimeout(10)
    return made


def comes_back(made, data):
    answer, sender = made.recvfrom(65536)
    assert answer == data, (answer[:20], data[:20])
    assert sender[1] == granted[1], sender


def refused(call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        assert error.errno == errno.ENETUNREACH, error
    else:
        sys.exit(f"{call} was let through")


new = datagrams()
new.sendto(b"sendto", granted)
comes_back(new, b"sendto")
new.sendmsg([b"send", b"msg"], [], 0, granted)
comes_back(new, b"sendmsg")
# The first interface of the void is not the first of the host, so that none must be named.
info = array.array("I", [1, 0x0100007F, 0]).tobytes()
new.sendmsg([b"control"], [(socket.IPPROTO_IP, IP_PKTINFO, info)], 0, granted)
comes_back(new, b"control")
new.sendto(b"x" * 60000, granted)
comes_back(new, b"x" * 60000)
new.sendto(b"", granted)
comes_back(new, b"")
try:
    new.sendto(b"x" * 70000, granted)
    sys.exit("that is too long")
except OSError as error:
    assert error.errno == errno.EMSGSIZE, error
refused(new.sendto, b"x", other)
refused(new.sendmsg, [b"x"], [], 0, other)
new.sendto(b"after a refusal", granted)
comes_back(new, b"after a refusal")

connected = datagrams()
connected.connect(granted)
connected.send(b"send")
comes_back(connected, b"send")
connected.sendmsg([b"unnamed"])
comes_back(connected, b"unnamed")
os.write(connected.fileno(), b"write")
comes_back(connected, b"write")
refused(connected.sendto, b"x", other)
refused(datagrams().connect, other)

bound = datagrams()
bound.bind(("0.0.0.0", 12345))
assert bound.getsockname()[1] not in (0, 12345), "the kernel chooses"
bound.sendto(b"bound", granted)
comes_back(bound, b"bound")

both = datagrams(socket.AF_INET6)
both.sendto(b"mapped", ("::ffff:127.0.0.1", granted[1]))
comes_back(both, b"mapped")

if not os.fork():
    connected.send(b"from a child")
    os._exit(0)
comes_back(connected, b"from a child")
os.wait()

# What is no socket of the launcher's is sent to as ever.
one, another = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
one.sendmsg([b"a ", b"pair"])
assert another.recv(16) == b"a pair"
reading, writing = os.pipe()
socket.send_fds(one, [b"with"], [writing])
_, passed, _, _ = socket.recv_fds(another, 16, 1)
os.write(passed[0], b"passed on")
assert os.read(reading, 16) == b"passed on"
for judged in new, connected:
    try:
        socket.send_fds(one, [b"with"], [judged.fileno()])
        sys.exit("others could send by it to anybody")
    except PermissionError:
        pass
stream, peer = socket.socketpair()
assert stream.sendmsg([b"all of it"]) == 9 and peer.recv(16) == b"all of it"
peer.close()
try:
    stream.sendmsg([b"nobody reads"])
    sys.exit("it was sent")
except BrokenPipeError:
    pass
print("done")
