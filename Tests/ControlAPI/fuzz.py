"""Lets schemathesis send requests that it makes up to a running daemon, and compare the answers with docs/openapi.yaml.

usage: fuzz.py DOCUMENT SOCKET SECONDS SEED

schemathesis speaks TCP and the daemon has a unix socket, so this program forwards between the two. Nobody else may use
the daemon. schemathesis.toml beside this file says what is left out and which answers are right.
"""

import os
import socket
import subprocess
import sys
import threading

FOLDER = os.path.dirname(os.path.abspath(__file__))


def pump(source, target):
    """Passes bytes on until their end."""
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def join(client, path):
    """Connects a client with the daemon until both are done."""
    with client, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as daemon:
        daemon.connect(path)
        there = threading.Thread(target=pump, args=(client, daemon), daemon=True)
        there.start()
        pump(daemon, client)
        there.join()


def forward(listener, path):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=join, args=(client, path), daemon=True).start()


def main(document, path, seconds, seed):
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=forward, args=(listener, path), daemon=True).start()
    url = "http://127.0.0.1:%d" % listener.getsockname()[1]
    schemathesis = os.path.join(os.path.dirname(sys.executable), "schemathesis")
    command = [
        schemathesis, "--no-color", "--config-file", os.path.join(FOLDER, "schemathesis.toml"),
        "run", document, "--url", url, "--max-time", seconds, "--seed", seed,
    ]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
