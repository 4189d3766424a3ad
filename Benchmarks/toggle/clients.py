"""Simulates the VMs of Benchmarks/toggle/run: an attacker, which takes and gives back its address in a loop or moves between
addresses, and honest VMs.

    clients.py attack toggle|move RATE SECONDS     sends RATE messages a second from one MAC address
    clients.py measure COUNT CONTROL_SOCKET        measures COUNT new VMs from DISCOVER to ACK, and some DELETE requests

Both use the interface eth0 of their network namespace. `measure` prints three times in milliseconds: the median, the slowest lease
and the slowest DELETE.
"""

import http.client
import os
import random
import socket
import struct
import sys
import time

SERVER = "10.77.0.1"
ATTACKER = bytes.fromhex("02bad0000001")
DISCOVER, OFFER, REQUEST, ACK, RELEASE = 1, 2, 3, 5, 7


def address(text):
    return socket.inet_aton(text)


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def frame(mac, kind, xid, source="0.0.0.0", requested=None, server=False):
    """An Ethernet frame with a DHCP message. The UDP checksum is 0, which means no checksum."""
    ciaddr = source
    options = bytes([53, 1, kind])
    if requested:
        options += bytes([50, 4]) + requested
    if server:
        options += bytes([54, 4]) + address(SERVER)
    options += bytes([55, 4, 1, 3, 6, 51, 255])
    message = struct.pack("!BBBBIHH4s4s4s4s", 1, 1, 6, 0, xid, 0, 0, address(ciaddr), bytes(4), bytes(4), bytes(4))
    message += mac.ljust(16, b"\0") + bytes(192) + bytes([99, 130, 83, 99]) + options
    message = message.ljust(300, b"\0")
    destination = "255.255.255.255" if source == "0.0.0.0" else SERVER
    udp = struct.pack("!HHHH", 68, 67, 8 + len(message), 0) + message
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, address(source), address(destination))
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return b"\xff" * 6 + mac + b"\x08\x00" + header + udp


def reply(data, mac):
    """The message type and yiaddr of a reply to the MAC address, or None for both."""
    if len(data) < 285 or data[12:14] != b"\x08\x00" or data[42] != 2 or data[70:76] != mac:
        return None, None
    position = 282
    while position + 2 < len(data) and data[position] != 255:
        if data[position] == 53:
            return data[position + 2], data[58:62]
        position += 2 + data[position + 1]
    return None, None


def interface():
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    link.bind(("eth0", 0))
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    return link


def wait_for(link, mac, kind, seconds):
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        link.settimeout(left)
        try:
            found, yiaddr = reply(link.recv(2048), mac)
        except TimeoutError:
            return None
        if found == kind:
            return yiaddr
    return None


def lease(link, mac, patience=30):
    """Runs a whole exchange, and repeats messages every 4 s. Returns the address and the time that it took."""
    xid = random.getrandbits(32)
    begin = time.monotonic()
    while time.monotonic() < begin + patience:
        link.send(frame(mac, DISCOVER, xid))
        offered = wait_for(link, mac, OFFER, 4)
        if not offered:
            continue
        for _ in range(4):
            link.send(frame(mac, REQUEST, xid, requested=offered, server=True))
            if wait_for(link, mac, ACK, 4):
                return offered, time.monotonic() - begin
    return None, patience


def attack(way, rate, seconds):
    link = interface()
    own, _ = lease(link, ATTACKER)
    if not own:
        sys.exit("the attacker got no lease")
    dotted = socket.inet_ntoa(own)
    if way == "toggle":
        frames = [frame(ATTACKER, RELEASE, 7, source=dotted, server=True), frame(ATTACKER, REQUEST, 8, requested=own, server=True)]
    else:
        # Far from the addresses that the server is giving to new VMs.
        wanted = [address("10.77.200.%d" % number) for number in range(1, 33)]
        frames = [frame(ATTACKER, REQUEST, 9, requested=one, server=True) for one in wanted]
    link.close()
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender.bind(("eth0", 0))
    begin, count = time.monotonic(), 0
    while (elapsed := time.monotonic() - begin) < seconds:
        while count < elapsed * rate:
            sender.send(frames[count % len(frames)])
            count += 1
        time.sleep(0.0002)
    print(f"sent {count / seconds:.0f}/s", file=sys.stderr)


class Control(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


def delete(control, mac):
    begin = time.monotonic()
    connection = Control(control)
    connection.request("DELETE", "/v1/leases/" + ":".join("%02x" % byte for byte in mac))
    status = connection.getresponse().status
    if status != 204:
        print(f"DELETE was answered with {status}", file=sys.stderr)
    return time.monotonic() - begin


def measure(count, control):
    link = interface()
    run = os.urandom(2)
    leases, deletes = [], []
    for number in range(count):
        mac = bytes([2, 0x60]) + run + number.to_bytes(2, "big")
        _, seconds = lease(link, mac)
        leases.append(seconds)
        if number % 10 == 0:
            deletes.append(delete(control, mac))
        time.sleep(0.01)
    leases.sort()
    print(*(f"{seconds * 1000:.1f}" for seconds in (leases[len(leases) // 2], leases[-1], max(deletes))))


if sys.argv[1] == "attack":
    attack(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
else:
    measure(int(sys.argv[2]), sys.argv[3])
