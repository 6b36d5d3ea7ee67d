"""Ways to have whoever makes one's calls wait: KIND PORT, where PORT is served at 127.0.0.1:PORT, and may be reached. It goes on
until it is killed. `neighbour` says how long its own calls took at most, in seconds."""
import contextlib, fcntl, os, socket, struct, sys, threading, time

kind, here = sys.argv[1], ("127.0.0.1", int(sys.argv[2]))


def fill(listener, address, family):
    listener.bind(address)
    listener.listen(0)
    kept.append(listener)
    for _ in range(6):
        one = socket.socket(family)
        one.setblocking(False)
        one.connect_ex(address)
        kept.append(one)
        time.sleep(0.02)


kept = []
if kind == "neighbour":
    longest, end = 0, time.monotonic() + 2.5
    while time.monotonic() < end:
        began = time.monotonic()
        socket.socket().close()
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.01)
    print(longest)
elif kind == "shutdown":
    # A socket that is shut down looks as if its connection were decided, and begins one anew.
    fill(socket.socket(), here, socket.AF_INET)
    waits = socket.socket()
    threading.Thread(target=waits.connect_ex, args=[here]).start()
    time.sleep(0.3)
    with contextlib.suppress(OSError):
        waits.shutdown(socket.SHUT_RDWR)
    time.sleep(60)
elif kind == "flip":
    # Whether a socket waits is the program's to say, at any time.
    fill(socket.socket(socket.AF_UNIX), "\0full", socket.AF_UNIX)
    flipped = socket.socket(socket.AF_UNIX)

    def flip():
        while True:
            fcntl.fcntl(flipped, fcntl.F_SETFL, 0)

    threading.Thread(target=flip).start()
    while True:
        flipped.connect_ex("\0full")
elif kind == "linger":
    # Who closes a socket last waits for what is still to be sent.
    listener = socket.socket()
    listener.bind(here)
    listener.listen(100)
    while True:
        full = socket.create_connection(here)
        kept.append(listener.accept()[0])
        full.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                full.send(bytes(65536))
        full.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 1000000))
        done = []

        def ask(number=full.fileno()):
            while not done:
                with contextlib.suppress(OSError):
                    socket.socket(fileno=os.dup(number)).getsockname()

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.002)
        os.dup2(listener.fileno(), full.fileno())
        done.append(True)
        asking.join()
