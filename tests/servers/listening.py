"""A server that has been handed its sockets (sd_listen_fds(3)). Whoever comes to one is told its name; "end" ends the
server with the code 3, and "shut" shuts the socket down before. First it says what it was handed, a line each."""
import os, select, socket, sys


def listen_fds():
    """As sd_listen_fds_with_names(3): nothing that is meant for another process, and a name for each."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return {}
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    count = int(os.environ["LISTEN_FDS"])
    assert len(names) == count, names
    return dict(zip(range(3, 3 + count), names))


def answer(handed, name):
    if handed.type == socket.SOCK_DGRAM:
        asked, peer = handed.recvfrom(64)
        # Without a name of its own it cannot be answered, nor where nothing is sent to an address.
        if peer and handed.family != socket.AF_UNIX:
            handed.sendto(name.encode(), peer)
        return asked
    connection, _ = handed.accept()
    with connection:
        connection.sendall(name.encode())
        return connection.recv(64)


def main():
    handed = {}
    for fd, name in listen_fds().items():
        handed[fd] = socket.socket(fileno=fd)
        if handed[fd].type != socket.SOCK_DGRAM:
            handed[fd].listen(16)  # as many servers do, whatever they were handed
        kind = f"{handed[fd].family.name} {handed[fd].type.name}"
        print(f"ready {fd} {name} {kind} {handed[fd].getsockname()}", flush=True)
    print("ready", flush=True)
    while True:
        for fd in select.select(list(handed), [], [])[0]:
            asked = answer(handed[fd], listen_fds()[fd])
            print(f"{listen_fds()[fd]} was asked {asked.decode()!r}", flush=True)
            if asked == b"shut":
                handed[fd].shutdown(socket.SHUT_RDWR)
            if asked in (b"end", b"shut"):
                sys.exit(3)


main()
