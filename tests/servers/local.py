"""AF_UNIX sockets among the void's own paths, and at paths of the host's: GRANTED, where a word is said, and OTHER, which
exists as well. Both lie in FOLDER too, which is granted to read."""
import contextlib, errno, os, socket, struct, sys, threading

granted, other, folder = sys.argv[1:]
os.chdir("/run")


def listen(path, kind=socket.SOCK_STREAM):
    listener = socket.socket(socket.AF_UNIX, kind)
    listener.bind(path)
    listener.listen()

    def answer():
        while True:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(BrokenPipeError):
                connection.sendall(b"own")

    threading.Thread(target=answer, daemon=True).start()
    return listener


def said_at(path, kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_UNIX, kind) as client:
        client.settimeout(10)
        client.connect(path)
        return client.recv(16)


def refused(path, kind=socket.SOCK_STREAM):
    try:
        said_at(path, kind)
    except OSError as error:
        assert error.errno == errno.ECONNREFUSED, (path, error)
    else:
        sys.exit(f"{path} was connected to")


listener = listen("/run/own")
assert listener.getsockname() == "/run/own"
assert said_at("/run/own") == said_at("own") == said_at("/run/../run/own") == b"own"
listen("packets", socket.SOCK_SEQPACKET)
assert said_at("/run/packets", socket.SOCK_SEQPACKET) == b"own"
listen("\0abstract")
assert said_at("\0abstract") == b"own"
os.umask(0o077)
listen("private")
assert os.stat("private").st_mode & 0o777 == 0o700, "the program's own mask"

with socket.socket(socket.AF_UNIX) as client:
    client.connect("own")
    _, user, group = struct.unpack("iii", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    assert (user, group) == (os.getuid(), os.getgid())

os.rename("own", "renamed")
assert said_at("renamed") == b"own"
os.symlink("renamed", "link")
assert said_at("link") == b"own"
try:
    said_at("absent")
    sys.exit("there is nothing")
except FileNotFoundError:
    pass
for taken in "/run/renamed", "packets":
    try:
        listen(taken)
        sys.exit("that is taken")
    except OSError as error:
        assert error.errno == errno.EADDRINUSE, error
try:
    listen(f"{folder}/made")
    sys.exit("that is read-only")
except OSError as error:
    assert error.errno == errno.EROFS, error

for name in os.listdir(folder):
    refused(f"{folder}/{name}")
    os.symlink(f"{folder}/{name}", name)
    refused(name)
assert said_at(granted) == b"host"
try:
    said_at(other)
    sys.exit("nothing grants that")
except FileNotFoundError:
    pass
print("done")
