"""Checks a running daemon against docs/openapi.yaml: sends good and bad requests to every operation, and compares each
answer with the document.

usage: check.py DOCUMENT [SOCKET [STATE_DIRECTORY]]

Without a socket only the document is checked. With the state directory, pool.json is changed for a moment, so that a
reload has something to refuse. The checks fill the pool and empty it again, so nobody else may use the daemon.
"""

import http.client
import json
import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

METHODS = ["get", "put", "post", "delete", "patch"]
BASE = "urn:cocoon-net"
# Answers that only a fault or a race causes.
NOT_PROVOKED = {
    ("put", "/v1/leases/{mac}", "500"),
    ("delete", "/v1/leases/{mac}", "500"),
    ("delete", "/v1/addresses/{ip}", "500"),
    ("delete", "/v1/addresses/{ip}", "503"),
    ("post", "/v1/reload", "409"),
}
CLIENT_TIMEOUT_SECONDS = 10
LARGEST_POOL = 1024
LISTENER_LIMIT = 16


class Report:
    """Counts the checks that pass, and keeps those that fail."""

    def __init__(self):
        self.passed = 0
        self.failures = []

    def check(self, is_right, what):
        if is_right:
            self.passed += 1
        else:
            self.failures.append(what)
            print(f"FAILED: {what}", flush=True)
        return is_right


class Document:
    """docs/openapi.yaml and its schemas."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.contents = yaml.safe_load(file)
        resource = Resource.from_contents(self.contents, default_specification=DRAFT202012)
        self.registry = Registry().with_resource(BASE, resource)
        self.paths = self.contents["paths"]

    def faults(self, schema, value):
        """Lists what is wrong with a value. The schema is a reference into the document, or a part of the document."""
        whole = schema if isinstance(schema, str) else self.inlined(schema)
        validator = Draft202012Validator(
            {"$ref": whole} if isinstance(whole, str) else whole, registry=self.registry)
        return [f"{fault.json_path}: {fault.message}"[:300] for fault in validator.iter_errors(value)]

    @staticmethod
    def inlined(schema):
        """Makes a schema usable outside the document: its references then begin with the document's name."""
        return json.loads(json.dumps(schema).replace('"#/', f'"{BASE}#/'))

    def operations(self):
        for path, item in self.paths.items():
            for method in METHODS:
                if method in item:
                    yield method, path, item[method]

    def response(self, method, path, status):
        response = self.paths[path][method]["responses"].get(str(status))
        while response and "$ref" in response:
            name = response["$ref"].rsplit("/", 1)[1]
            response = self.contents["components"]["responses"][name]
        return response

    def statuses(self):
        return {(method, path, status) for method, path, operation in self.operations() for status in operation["responses"]}

    def check(self, report):
        """Checks that the examples are right, and that they are wrong with a key missing or an unknown key."""
        for name, schema in self.contents["components"]["schemas"].items():
            reference = f"{BASE}#/components/schemas/{name}"
            examples = schema.get("examples", [])
            report.check(examples or "properties" not in schema, f"the schema {name} has an example")
            for example in examples:
                report.check(not self.faults(reference, example), f"{name}: its example {self.faults(reference, example)}")
                if not isinstance(example, dict):
                    continue
                for key in schema.get("required", []):
                    rest = {k: v for k, v in example.items() if k != key}
                    report.check(self.faults(reference, rest), f"{name}: an example without {key} is refused")
                report.check(self.faults(reference, example | {"unknown": 1}), f"{name}: an unknown key is refused")
        for method, path, operation in self.operations():
            contents = [operation["requestBody"]["content"]] if "requestBody" in operation else []
            contents += [self.response(method, path, status).get("content", {}) for status in operation["responses"]]
            for media in (media for content in contents for media in content.values()):
                for name, example in media.get("examples", {}).items():
                    found = self.faults(media["schema"], example["value"])
                    report.check(not found, f"{method} {path}: its example {name}: {found}")


class SocketConnection(http.client.HTTPConnection):
    """HTTP on a unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=CLIENT_TIMEOUT_SECONDS)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class API:
    """The daemon. Each of its answers is checked."""

    def __init__(self, document, socket_path, report):
        self.document = document
        self.socket_path = socket_path
        self.report = report
        self.seen = set()

    def send(self, method, path, body=None):
        connection = SocketConnection(self.socket_path)
        try:
            text = body if isinstance(body, (str, type(None))) else json.dumps(body)
            headers = {} if text is None else {"Content-Type": "application/json"}
            connection.request(method.upper(), path, text, headers)
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def call(self, method, template, statuses, mac=None, query=None, body=None, ip=""):
        """Makes a request and checks that the answer has one of the statuses and is as the document says. Returns its
        status and JSON."""
        path = template.replace("{mac}", mac or "").replace("{ip}", ip) + (f"?{urlencode(query)}" if query else "")
        statuses = statuses if isinstance(statuses, tuple) else (statuses,)
        what = f"{method.upper()} {path} {'' if body is None else str(body)[:60]}".strip()
        response, content = self.send(method, path, body)
        self.seen.add((method, template, str(response.status)))
        wanted = " or ".join(map(str, statuses))
        if not self.report.check(
            response.status in statuses, f"{what}: the status is {wanted}, not {response.status} {content[:200]!r}"):
            return response.status, {}
        promised = self.document.response(method, template, response.status)
        return response.status, self.checked(what, response, content, (promised or {}).get("content", {}))

    def checked(self, what, response, content, promised):
        """Checks content type and body, and returns the JSON."""
        if not promised:
            self.report.check(content == b"", f"{what}: there is no body, but {content[:200]!r}")
            return {}
        ((media_type, media),) = promised.items()
        found = (response.getheader("Content-Type") or "none").split(";")[0].strip()
        self.report.check(found == media_type, f"{what}: the content type is {media_type}, not {found}")
        try:
            value = json.loads(content)
        except ValueError:
            self.report.check(False, f"{what}: the body is JSON, not {content[:200]!r}")
            return {}
        faults = self.document.faults(media["schema"], value)
        self.report.check(not faults, f"{what}: the body is as the document says: {faults[:5]}")
        return value if isinstance(value, dict) else {}

    def refuse(self, method, path, status, allowed=None):
        """Makes a request that is not in the document."""
        response, content = self.send(method, path)
        what = f"{method.upper()} {path}"
        self.report.check(response.status == status, f"{what}: the status is {status}, not {response.status}")
        error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        self.checked(what, response, content, error)
        if allowed:
            header = response.getheader("Allow") or ""
            methods = {word.strip().lower() for word in header.split(",")} - {"head", "options"}
            self.report.check(methods == allowed, f"{what}: Allow names {sorted(allowed)}, not {header!r}")


def mac(number):
    """The MAC of one of this program's own clients."""
    return f"02:a9:1c:00:{number >> 8:02x}:{number & 255:02x}"


ONE = "/v1/leases/{mac}"
ADDRESS = "/v1/addresses/{ip}"
BAD_MACS = ["nobody", "02:a9:1c:00:00", "02:a9:1c:00:00:0g", "02:a9:1c:00:00:00:01"]


def check_leases(api):
    first, second, stranger = mac(1), mac(2), mac(0xFFFF)
    for client in (first, second):
        api.call("delete", ONE, 204, client)
    api.call("get", ONE, 404, stranger)
    api.call("delete", ONE, 204, stranger)

    _, lease = api.call("put", ONE, 201, first, body={})
    address = lease.get("ip", "")
    api.report.check(
        lease.get("mac") == first and lease.get("state") == "bound" and lease.get("durable") is True,
        f"PUT {first}: the lease is this client's, bound and durable: {lease}")
    for body in ({}, {"ip": None}, {"ip": address}):
        _, again = api.call("put", ONE, 200, first, body=body)
        api.report.check(again.get("ip") == address, f"PUT {first} again: the same address: {again}")
    _, found = api.call("get", ONE, 200, first)
    api.report.check(found.get("ip") == address, f"GET {first}: the address that was given: {found}")
    api.call("get", ONE, 200, first.upper().replace(":", "-"))

    _, other = api.call("put", ONE, 201, second, body={})
    other_address = other.get("ip", "")
    api.report.check(other_address != address, f"PUT {second}: an address of its own: {other}")
    api.call("delete", ONE, 204, second)
    api.call("put", ONE, 409, first, body={"ip": other_address})
    api.call("put", ONE, 409, second, body={"ip": address})
    _, chosen = api.call("put", ONE, 201, second, body={"ip": other_address})
    api.report.check(chosen.get("ip") == other_address, f"PUT {second}: the address that was asked for: {chosen}")

    check_addresses(api, first, address)
    check_list(api, first, address, second, other_address)
    check_trace(api, first, stranger)
    check_bad_requests(api, first)
    for client in (first, second):
        api.call("delete", ONE, 204, client)
        api.call("get", ONE, 404, client)


def check_addresses(api, client, leased):
    _, refusal = api.call("delete", ADDRESS, 409, ip=leased)
    api.report.check(client in refusal.get("error", ""), f"DELETE of a leased address names its client: {refusal}")
    api.call("get", ONE, 200, client)
    api.call("delete", ADDRESS, 404, ip="192.0.2.1")
    for text in ("nowhere", "172.20.100.256", "172.20.100", client):
        api.call("delete", ADDRESS, 400, ip=text)
    third = mac(6)
    _, lease = api.call("put", ONE, 201, third, body={})
    api.call("delete", ONE, 204, third)
    for _ in range(2):
        api.call("delete", ADDRESS, 204, ip=lease.get("ip", ""))


def check_list(api, first, address, second, other_address):
    def listed(**query):
        _, page = api.call("get", "/v1/leases", 200, query=query)
        return page.get("leases", []), page.get("next")

    def is_in_order(leases):
        numbers = [tuple(map(int, lease["ip"].split("."))) for lease in leases]
        return numbers == sorted(set(numbers))

    for query, expected in (
        ({"mac": first}, address), ({"ip": address}, address), ({"mac": first, "state": "bound"}, address),
        ({"ip": address, "state": "declined"}, None), ({"ip": address, "mac": second}, None),
    ):
        found = [lease["ip"] for lease in listed(**query)[0]]
        api.report.check(found == ([expected] if expected else []), f"GET /v1/leases {query}: {expected}, not {found}")
    for state in ("bound", "offered", "declined", "expired", "quarantined"):
        states = {lease["state"] for lease in listed(state=state)[0]}
        api.report.check(states <= {state}, f"GET /v1/leases state={state}: only those, not {states}")

    whole, rest = listed(limit=10000)
    api.report.check(rest is None and is_in_order(whole), "GET /v1/leases: one page, in the order of the addresses")
    pages, after = [], None
    while len(pages) <= len(whole) + 1:
        page, following = listed(limit=1, **({"after": after} if after else {}))
        api.report.check(len(page) <= 1, "GET /v1/leases limit=1: one lease at most")
        pages += page
        if following is None:
            break
        after = following
    api.report.check(
        [lease["ip"] for lease in pages] == [lease["ip"] for lease in whole]
        and {address, other_address} <= {lease["ip"] for lease in pages},
        "GET /v1/leases: pages of one hold the same leases as one page of all")

    for query in (
        {"state": "free"}, {"state": "gone"}, {"mac": "nobody"}, {"ip": "172.20.100.256"}, {"ip": "x"}, {"limit": "0"},
        {"limit": "10001"}, {"limit": "many"}, {"limit": "-1"}, {"after": "x"}, {"color": "red"}, {"limit": ""}, {"": "0"},
    ):
        api.call("get", "/v1/leases", 400, query=query)


def check_trace(api, known, stranger):
    template = ONE + "/trace"
    _, trace = api.call("get", template, 200, known)
    entries = trace.get("exchanges", [])
    api.report.check(trace.get("mac") == known, f"trace of {known}: it names the client: {trace.get('mac')}")
    api.report.check(
        {"commit", "synced", "granted"} <= {entry["event"] for entry in entries}, f"trace of {known}: it was given an address: {entries[:3]}")
    times = [entry["time"] for entry in entries]
    api.report.check(times == sorted(times), f"trace of {known}: oldest first")
    _, trace = api.call("get", template, 200, stranger)
    api.report.check(trace.get("exchanges") == [], f"trace of {stranger}: nothing is known")
    for text in BAD_MACS:
        api.call("get", template, 400, text)


def check_bad_requests(api, client):
    for text in BAD_MACS:
        api.call("get", ONE, 400, text)
        api.call("delete", ONE, 400, text)
        api.call("put", ONE, 400, text, body={})
    _, status = api.call("get", "/v1/status", 200)
    nested = '{"ip":' + "[" * 100 + "]" * 100 + "}"
    for body in (
        "{", "null", "[]", '"x"', "{} {}", nested, {"ip": 1}, {"ip": "nowhere"}, {"ip": "172.20.100.256"},
        {"ip": "192.0.2.1"}, {"ip": status.get("gateway", "")}, {"address": "172.20.100.9"}, {"ip": "\u0661.2.3.4"},
    ):
        api.call("put", ONE, 400, client, body=body)
    for group in ("00:00:00:00:00:00", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff"):
        api.call("put", ONE, 400, group, body={})
    api.call("put", ONE, 413, client, body={"ip": "1" * (80 << 10)})
    for path in ("/", "/v1", "/v1/nothing", f"/v1/leases/{client}/more", f"/v1/leases/{client}/trace/more"):
        api.refuse("get", path, 404)
    for path in ("/%", "/v1/%zz", "/v1/leases/%4", "/v1/leases/%ff", "/v1/leases?mac=%", "/v1/leases?%f=1"):
        api.refuse("get", path, 400)
    api.call("get", ONE + "/trace", 200, quote(client, safe=""))
    for template, item in api.document.paths.items():
        allowed = {method for method in METHODS if method in item}
        for method in METHODS + ["trace", "propfind", "options"]:
            if method not in allowed:
                api.refuse(method, template.replace("{mac}", client).replace("{ip}", "192.0.2.1"), 405, allowed)


def check_events(api):
    client = mac(3)
    api.call("delete", ONE, 204, client)
    connection = SocketConnection(api.socket_path)
    connection.request("GET", "/v1/events")
    response = connection.getresponse()
    api.seen.add(("get", "/v1/events", str(response.status)))
    ((media_type, media),) = api.document.response("get", "/v1/events", 200)["content"].items()
    found = (response.getheader("Content-Type") or "none").split(";")[0].strip()
    api.report.check(response.status == 200 and found == media_type, f"GET /v1/events: 200 {media_type}, not {response.status} {found}")

    def awaited(event):
        """Reads lines until one is about the client, and checks its event."""
        while True:
            try:
                line = response.readline()
                value = json.loads(line)
            except (OSError, ValueError) as problem:
                return api.report.check(False, f"GET /v1/events: a line that tells that {client} is {event}: {problem}")
            faults = api.document.faults(media["schema"], value)
            api.report.check(not faults, f"GET /v1/events: a line is as the document says: {line[:200]!r} {faults[:3]}")
            if value.get("mac") == client:
                return api.report.check(value["event"] == event, f"GET /v1/events: {client} is {event}, not {value}")

    api.call("put", ONE, 201, client, body={})
    awaited("granted")
    _, status = api.call("get", "/v1/status", 200)
    api.report.check(status.get("events", {}).get("listeners", 0) >= 1, "GET /v1/status: somebody listens to the events")
    api.call("delete", ONE, 204, client)
    awaited("released")
    others = [SocketConnection(api.socket_path) for _ in range(LISTENER_LIMIT - 1)]
    for other in others:
        other.request("GET", "/v1/events")
        other.getresponse()
    api.call("get", "/v1/events", 503)
    for listener in [connection] + others:
        listener.close()


def check_full_pool(api):
    _, status = api.call("get", "/v1/status", 200)
    size = sum(status.get("pool", {}).values())
    if not api.report.check(0 < size <= LARGEST_POOL, f"the pool has {size} addresses; give a daemon with 1 to {LARGEST_POOL}"):
        return
    given, answer = [], 0
    while answer != 503 and len(given) <= size:
        client = mac(0x100 + len(given))
        answer, _ = api.call("put", ONE, (201, 503), client, body={})
        given.append(client)
    api.report.check(answer == 503, f"PUT to a pool of {size}: the last address is given, and then 503")
    for client in given:
        api.call("delete", ONE, 204, client)
    api.call("put", ONE, 201, mac(4), body={})
    api.call("delete", ONE, 204, mac(4))


def check_reload(api, state_directory):
    path = "/v1/reload"
    _, before = api.call("get", "/v1/status", 200)
    _, reload = api.call("post", path, 200)
    api.report.check(reload.get("changed") == [], f"POST {path} of the same file: nothing has changed: {reload}")
    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(api.call, "post", path, (200, 409)) for _ in range(8)]:
            future.result()
    if state_directory is None:
        print("no state directory was named: nothing was tried that a reload refuses", flush=True)
        api.seen.add(("post", path, "422"))
        return
    file = os.path.join(state_directory, "pool.json")
    with open(file, encoding="utf-8") as source:
        original = source.read()

    def write(text):
        with open(file + ".check", "w", encoding="utf-8") as target:
            target.write(text)
        os.replace(file + ".check", file)

    def changed(**members):
        return json.dumps(json.loads(original) | members, indent=2)

    generation = api.call("get", "/v1/status", 200)[1].get("policy", {}).get("generation")
    api.report.check(generation and generation >= before.get("policy", {}).get("generation", 0), "a generation is never taken back")
    try:
        for members, field in (
            ({"options": {"dns": ["x"]}}, "options.dns"), ({"options": {"mtu": "large"}}, "options.mtu"),
            ({"options": {"color": 1}}, "options.color"), ({"reservations": {"nobody": "172.20.100.9"}}, "reservations"),
            ({"reservations": {mac(5): "192.0.2.1"}}, "reservations"), ({"ips": json.loads(original)["ips"][1:]}, "ips"),
        ):
            write(changed(**members))
            _, refusal = api.call("post", path, 422)
            api.report.check(refusal.get("field", "").startswith(field), f"POST {path}: the field is {field}: {refusal}")
        _, status = api.call("get", "/v1/status", 200)
        api.report.check(
            status.get("policy", {}).get("generation") == generation, f"a refused policy counts nowhere: {status.get('policy')}")
        write(changed(options={"ntp": ["192.0.2.123"]}))
        _, reload = api.call("post", path, 200)
        api.report.check(
            "options.ntp" in reload.get("changed", []) and reload.get("generation", 0) > generation,
            f"POST {path}: options.ntp has changed: {reload}")
    finally:
        write(original)
        api.call("post", path, 200)


def main(document_path, socket_path=None, state_directory=None):
    report = Report()
    document = Document(document_path)
    document.check(report)
    if socket_path:
        api = API(document, socket_path, report)
        try:
            check_leases(api)
            check_events(api)
            check_full_pool(api)
            check_reload(api, state_directory)
        except (OSError, http.client.HTTPException) as problem:
            report.check(False, f"the daemon at {socket_path} answers: {problem!r}")
        for method, path, status in sorted(document.statuses() - api.seen - NOT_PROVOKED):
            report.check(False, f"{method.upper()} {path}: the document has a status {status} that no request got")
    print(f"{report.passed} checks passed" + (f", {len(report.failures)} failed" if report.failures else ""))
    return 1 if report.failures else 0


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
