"""The people and programs around argocd-mcp: an Argo CD that takes id tokens, providers, a browser, a client on stdio."""

import base64
import hashlib
import html.parser
import http.client
import http.cookiejar
import http.server
import json
import os
import queue
import socket
import string
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDINGS = os.path.join(HERE, "..", "recordings", "v3.5.1")
PATIENCE = 20
USER = "operator@shop.example"


def recorded(name):
    with open(os.path.join(RECORDINGS, name + ".json")) as file:
        return json.load(file)["response"]["json"]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def wait_for(what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.05)


def signed(token, keys):
    """RS256 (RFC 7518, 3.3) by hand, as Python has no RSA: the signature to the power of e is the padded digest."""
    number = lambda text: int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")
    head, body, signature = token.split(".")
    kid = json.loads(base64.urlsafe_b64decode(head + "=="))["kid"]
    digest = hashlib.sha256(f"{head}.{body}".encode()).hexdigest()
    suffix = "003031300d060960864801650304020105000420" + digest
    for key in (key for key in keys if key["kid"] == kid):
        padded = pow(number(signature), number(key["e"]), number(key["n"]))
        size = (number(key["n"]).bit_length() + 7) // 8
        return padded == int("0001" + "ff" * (size - 2 - len(suffix) // 2) + suffix, 16)
    return False


class ArgoCd:
    """Answers as the recordings do, to whoever shows an id token of its provider. With `dex`, a port, it is in front of
    Dex as argocd-server is."""

    def __init__(self, issuer=None, audience="argo-cd-cli", oidc=None, dex=None):
        stage, self.away, self.dex, self.audience, self.tokens = self, False, dex, audience, []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            log_message = lambda *_: None

            def do_GET(self):
                stage.answer(self)

            do_POST = do_GET

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        self.issuer = issuer or self.url + "/api/dex"
        self.settings = recorded("settings.dex-connector")
        self.settings["url"] = self.url
        if not dex:
            del self.settings["dexConfig"]
            self.settings["oidcConfig"] = {"name": "Provider", "issuer": self.issuer, "clientID": "web", "cliClientID": audience, **(oidc or {})}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def subject(self, request):
        """Claims of the token, if it is as argocd-server wants it."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token.count(".") != 2:
            return None
        with urllib.request.urlopen(self.issuer + "/.well-known/openid-configuration", timeout=PATIENCE) as answer:
            keys = json.load(urllib.request.urlopen(json.load(answer)["jwks_uri"], timeout=PATIENCE))["keys"]
        said = claims(token)
        audience = said["aud"] if isinstance(said["aud"], list) else [said["aud"]]
        holds = said["iss"] == self.issuer and self.audience in audience and said["exp"] > time.time()
        if not holds or not signed(token, keys):
            return None
        self.tokens.append(token)
        return said

    def answer(self, request):
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        path = urllib.parse.urlsplit(request.path).path
        if path.startswith("/api/dex"):
            return self.forward(request, body)
        if path == "/api/v1/settings":
            return self.send(request, 200, self.settings)
        if path == "/api/version":
            return self.send(request, 200, {"Version": "v3.5.1"})
        said = self.subject(request)
        if path == "/api/v1/session/userinfo":
            user = {"loggedIn": True, "username": said.get("email", said["sub"]), "iss": said["iss"], "groups": said.get("groups", [])} if said else {}
            return self.send(request, 200, user)
        if not said:
            return self.send(request, 401, recorded("applications.list.bad-token"))
        if path == "/api/v1/applications":
            return self.send(request, 200, recorded("applications.list.name"))
        return self.send(request, 404, {"error": "not here", "code": 5, "message": "not here"})

    def forward(self, request, body):
        if self.away:
            return self.send(request, 502, {"message": "the provider is away"})
        connection = http.client.HTTPConnection("127.0.0.1", self.dex, timeout=PATIENCE)
        connection.request(request.command, request.path, body, dict(request.headers))
        answer = connection.getresponse()
        self.send(request, answer.status, answer.read(), answer.getheaders())

    def send(self, request, status, body, headers=(("content-type", "application/json"),)):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                request.send_header(name, value)
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


class Program:
    """A provider: its lines are kept, as they tell which tokens it gave."""

    def __init__(self, *command, ready):
        self.lines = []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
        threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")), daemon=True).start()
        wait_for(lambda: self.process.poll() is not None or ready(self.lines))
        if self.process.poll() is not None:
            raise AssertionError(f"{command[0]} does not start: " + "".join(self.lines))

    def seen(self, outcome, client, grant="refresh_token"):
        return sum(line.startswith("{") and json.loads(line) == {"outcome": outcome, "grant": grant, "client": client} for line in self.lines)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def run_dex(program, folder, issuer, port, callback):
    with open(os.path.join(HERE, "dex.yaml")) as template, open(os.path.join(folder, "dex.yaml"), "w") as config:
        config.write(string.Template(template.read()).substitute(ISSUER=issuer, PORT=port, CALLBACK=callback))
    return Program(program, "serve", config.name, ready=lambda _: answers(port))


class Form(html.parser.HTMLParser):
    """The form of a page, and the way out of it."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields, self.abort = None, {}, None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.action = attributes.get("action", "")
        if tag == "input" and "name" in attributes:
            self.fields[attributes["name"]] = attributes.get("value") or ""
        if tag == "a" and attributes.get("href", "").endswith("/abort"):
            self.abort = attributes["href"]


class Stay(urllib.request.HTTPRedirectHandler):
    redirect_request = lambda *_: None


def get(opener, address, form=None):
    """Status, Location and page."""
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    try:
        answer = opener.open(address, data, timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.headers.get("location"), answer.read().decode()


def browse(address):
    return get(urllib.request.build_opener(Stay), address)


def walk(address, abort=False):
    """What a person's browser does from the address to the callback, which is returned and not opened."""
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    opener = urllib.request.build_opener(Stay, cookies)
    form, trail = None, []
    for _ in range(20):
        status, location, page = get(opener, address, form)
        trail.append(f"{status} {urllib.parse.urlsplit(address).path}")
        form = None
        if location:
            address = urllib.parse.urljoin(address, location)
            if urllib.parse.urlsplit(address).path == "/auth/callback":
                return address
            continue
        found = Form(page)
        if status != 200 or found.action is None:
            raise AssertionError(f"no way on: {trail} {page[:300]}")
        if abort:
            address = urllib.parse.urljoin(address, found.abort)
            continue
        form = {name: {"login": USER, "password": "any"}.get(name, value) for name, value in found.fields.items()}
        address = urllib.parse.urljoin(address, found.action)
    raise AssertionError(f"it does not end: {trail}")


class Client:
    """An assistant that talks to argocd-mcp over its stdin and stdout."""

    def __init__(self, command, environment, log):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment, text=True)
        self.messages, self.last = queue.Queue(), 0
        threading.Thread(target=lambda: [self.messages.put(json.loads(line)) for line in self.process.stdout], daemon=True).start()
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "providers", "version": "1"}}
        self.send("initialize", hello)
        self.receive()
        self.process.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')

    def send(self, method, params):
        self.last += 1
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}) + "\n")
        self.process.stdin.flush()

    def receive(self):
        return self.messages.get(timeout=60)["result"]

    def ask(self):
        self.send("tools/call", {"name": "list_applications", "arguments": {}})
        return self.answer()

    def answer(self):
        """Text, and whether it is an error."""
        result = self.receive()
        return result["content"][0]["text"], result.get("isError", False)

    def close(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
