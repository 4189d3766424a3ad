"""Opens idle connections to a running daemon, and measures how long a DELETE takes beside them.

usage: idle.py SOCKET PORT SILENT KEPT

Opens SILENT connections to the metrics port on 127.0.0.1 and sends nothing on them. Opens KEPT connections to the
control socket, makes one request on each, and keeps them alive. Then it sends 20 DELETEs, each on a connection of its
own, and prints one line of JSON. It holds the connections until it is ended (SIGTERM, Ctrl-C).
"""

import http.client
import json
import resource
import signal
import socket
import sys
import time

CLIENT_TIMEOUT_SECONDS = 5
REQUESTS = 20


def connected(family, address):
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.settimeout(CLIENT_TIMEOUT_SECONDS)
    connection.connect(address)
    return connection


def kept_alive(path):
    """A connection to the control socket that has had an answer."""
    connection = connected(socket.AF_UNIX, path)
    connection.sendall(b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
    http.client.HTTPResponse(connection).begin()
    return connection


def delete(path):
    """How many milliseconds a DELETE takes; None when no answer comes."""
    start = time.monotonic()
    try:
        with connected(socket.AF_UNIX, path) as connection:
            connection.sendall(b"DELETE /v1/leases/02:a9:1c:00:00:01 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            is_done = connection.recv(4096).startswith(b"HTTP/1.1 204 ")
    except OSError:
        return None
    return (time.monotonic() - start) * 1000 if is_done else None


def is_open(connection):
    """Whether the daemon has not closed the connection. Discards what the daemon has sent."""
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def opened(make, count):
    """Up to `count` connections; fewer when one is not made or not answered in time."""
    connections = []
    for _ in range(count):
        try:
            connections.append(make())
        except OSError:
            break
    return connections


def main(path, port, silent_count, kept_count):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    silent = opened(lambda: connected(socket.AF_INET, ("127.0.0.1", int(port))), int(silent_count))
    kept = opened(lambda: kept_alive(path), int(kept_count))
    times = [delete(path) for _ in range(REQUESTS)]
    answered = sorted(time for time in times if time is not None)
    print(json.dumps({
        "opened": {"metrics": len(silent), "control": len(kept)},
        "open": {"metrics": sum(map(is_open, silent)), "control": sum(map(is_open, kept))},
        "deleteMilliseconds": {
            "median": round(answered[len(answered) // 2], 1) if answered else None,
            "worst": round(answered[-1], 1) if answered else None,
        },
        "unanswered": times.count(None),
    }), flush=True)
    signal.pause()


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
