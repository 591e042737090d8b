"""Drives the real binary through sign-ins at real providers, and prints one line for each thing that holds."""

import json
import os
import random
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse

from stage import USER, ArgoCd, Client, Program, browse, claims, free_port, run_dex, wait_for, walk

BINARY = os.path.abspath(os.environ["BINARY"])
FOLDER = tempfile.mkdtemp(prefix="run-", dir=sys.argv[3])
LOG = open(os.path.join(FOLDER, "log"), "w+")
counts = {True: 0, False: 0}
lock = threading.Lock()
opened = []
secrets = set()


def check(name, holds, detail=""):
    with lock:
        counts[bool(holds)] += 1
        print(f"{'ok  ' if holds else 'FAIL'} {name}" + ("" if holds else f": {str(detail)[:600]}"), flush=True)


class Person:
    """One home directory: what a person is signed in to."""

    def __init__(self, argo_cd, port):
        self.argo_cd, self.port, self.home = argo_cd, port, tempfile.mkdtemp(dir=FOLDER)
        self.file = os.path.join(self.home, ".config/argocd-mcp/sso-tokens.json")
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.home, "ARGOCD_BASE_URL": argo_cd.url, "RUST_LOG": "trace"}
        self.flags = ["--sso", "--no-sso-launch-browser", "--sso-port", str(port)]

    def client(self):
        client = Client([BINARY, "stdio", *self.flags], self.environment, LOG)
        opened.append(client.process)
        return client

    def run(self, *command):
        done = subprocess.run([BINARY, *command, *self.flags], env={**self.environment, "RUST_LOG": "error"}, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def kept(self):
        with open(self.file) as file:
            kept = json.load(file)[self.argo_cd.url]
        secrets.update(kept[name] for name in ("idToken", "refreshToken") if name in kept)
        return kept


def address(answer):
    found = re.match(r"Sign in here, then ask again: (\S+)", answer[0])
    if not found or not answer[1]:
        raise AssertionError(f"no address: {answer}")
    return found[1]


def query(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def sign_in(client):
    callback = walk(address(client.ask()))
    return browse(callback), callback


def works(answer):
    return not answer[1] and "checkout" in answer[0]


def wears_out(person):
    """Until the id token has expired."""
    wait_for(lambda: claims(person.kept()["idToken"])["exp"] < time.time())


def over_stdio(name, person):
    client = person.client()
    first = client.ask()
    where = address(first)
    asked = query(where)
    check(f"{name}: the first call answers with the address", asked["redirect_uri"] == f"http://localhost:{person.port}/auth/callback", first)
    check(f"{name}: with PKCE and a state", asked["code_challenge_method"] == "S256" and len(asked["state"]) >= 32, asked)
    check(f"{name}: calls meanwhile answer with the same address", address(client.ask()) == where)
    callback = walk(where)
    secrets.add(query(callback)["code"])
    forged = [browse(re.sub("state=[^&]*", "state=forged", callback)), browse(callback.split("?")[0] + "?error=access_denied&state=forged"), browse(callback.split("?")[0])]
    check(f"{name}: a wrong state does not end the sign-in", all(status == 400 for status, _, _ in forged) and address(client.ask()) == where, forged)
    status, _, page = browse(callback)
    check(f"{name}: the browser is told", status == 200 and "Signed in" in page, page)
    answer = client.ask()
    check(f"{name}: the next call works", works(answer), answer)
    try:
        check(f"{name}: an answer counts once", False, browse(callback))
    except urllib.error.URLError:
        check(f"{name}: an answer counts once", True)
    modes = [stat.S_IMODE(os.stat(path).st_mode) for path in (person.file, os.path.dirname(person.file))]
    check(f"{name}: the sign-in is kept for its person alone", modes == [0o600, 0o700], modes)
    check(f"{name}: the bearer is the id token", person.argo_cd.tokens[-1] == person.kept()["idToken"])
    client.close()
    return asked


def renewal(name, person, given):
    """`given` counts the refresh tokens that the provider took."""
    client, before, refreshed = person.client(), person.kept(), given()
    wears_out(person)
    answer = client.ask()
    after = person.kept()
    check(f"{name}: an id token that expired is renewed", works(answer) and given() == refreshed + 1, (answer, given()))
    check(f"{name}: a refresh token that rotates is replaced", before["refreshToken"] != after["refreshToken"])
    check(f"{name}: the new token holds", client.ask()[0] == answer[0] and given() == refreshed + 1)
    other = person.client()
    wears_out(person)
    refreshed = given()
    racers = [client, other]
    for racer in racers:
        for _ in range(3):
            racer.send("tools/call", {"name": "list_applications", "arguments": {}})
    results = [racer.answer() for racer in racers for _ in range(3)]
    check(f"{name}: six calls of two processes renew once", all(map(works, results)) and given() == refreshed + 1, (results, given() - refreshed))
    other.close()
    return client


def commands(name, person, who):
    code, said = person.run("whoami")
    check(f"{name}: whoami before signing in", code == 1 and "nobody is signed in" in said, said)
    login = subprocess.Popen([BINARY, "login", *person.flags], env=person.environment | {"RUST_LOG": "off"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    opened.append(login)
    login.stderr.readline()
    browse(walk(login.stderr.readline().strip()))
    said = login.communicate(timeout=30)[0]
    check(f"{name}: login", login.returncode == 0 and person.file in said, said)
    code, said = person.run("whoami")
    check(f"{name}: whoami", code == 0 and said.startswith(f"{who} at {person.argo_cd.url}\n"), said)
    code, said = person.run("doctor")
    check(f"{name}: doctor knows the provider", f"{person.argo_cd.issuer} answers" in said and f"signed in as {who}" in said, said)
    code, said = person.run("logout")
    check(f"{name}: logout", code == 0 and said.startswith("signed out") and "idToken" not in open(person.file).read(), said)
    code, said = person.run("call", "list_applications")
    check(f"{name}: signed out is signed out", code != 0 and "argocd-mcp login --sso" in said, said)


def callback_port():
    """One that the system gives to nobody by itself."""
    return random.randrange(12000, 30000)


def of_dex(program):
    # It is built meanwhile.
    wait_for(lambda: os.path.exists(program + ".built"), 600)
    port, callback = free_port(), callback_port()
    argo_cd = ArgoCd(dex=port)
    dex = run_dex(program, FOLDER, argo_cd.issuer, port, callback)
    opened.append(dex.process)
    person = Person(argo_cd, callback)
    asked = over_stdio("dex", person)
    check("dex: federated:id and a refresh token are asked for", {"federated:id", "offline_access"} <= set(asked["scope"].split()) and asked["client_id"] == "argo-cd-cli", asked)
    said = claims(person.kept()["idToken"])
    check("dex: says which user of which connector it is", said.get("federated_claims", {}).get("connector_id") == "mock", said)
    renewals = lambda: len(renewed)
    renewed, forward = [], argo_cd.forward

    def counted(request, body):
        if b"grant_type=refresh_token" in body and not argo_cd.away:
            renewed.append(1)
        forward(request, body)

    argo_cd.forward = counted
    client = renewal("dex", person, renewals)
    argo_cd.away = True
    wears_out(person)
    before, answer = person.kept(), client.ask()
    check("dex: away, it is one sentence and the sign-in is kept", answer[1] and "502" in answer[0] and len(answer[0].splitlines()) <= 2 and person.kept() == before, answer)
    argo_cd.away = False
    answer = client.ask()
    check("dex: back again, nobody has to sign in", works(answer), answer)
    commands("dex", Person(argo_cd, callback), "kilgore@kilgore.trout")


def of_oidc_provider(module):
    port, back = free_port(), callback_port()
    issuer = f"http://127.0.0.1:{port}"
    provider = Program("node", os.path.join(os.path.dirname(__file__), "oidc-provider.mjs"), module, str(port), str(back), ready=lambda lines: "ready\n" in lines)
    opened.append(provider.process)
    wanted = {"idTokenClaims": {"groups": {"essential": True}, "email": None}}
    person = Person(ArgoCd(issuer, "hour", wanted), back)
    asked = over_stdio("oidc", person)
    check("oidc: the claims that Argo CD wants are asked for", json.loads(asked["claims"]) == {"id_token": wanted["idTokenClaims"]}, asked)
    said = claims(person.kept()["idToken"])
    check("oidc: and arrive", (said.get("email"), said.get("groups")) == (USER, ["operators"]), said)
    plain = Person(ArgoCd(issuer, "hour"), back)
    client = plain.client()
    sign_in(client)
    check("oidc: which they do not by themselves", works(client.ask()) and "groups" not in claims(plain.kept()["idToken"]))
    client.close()

    person = Person(ArgoCd(issuer, "seconds", wanted), back)
    client = person.client()
    refused = walk(address(client.ask()), abort=True)
    status, _, page = browse(refused)
    check("oidc: a refusal is told in the browser", status == 400 and "access_denied" in page, page)
    answer = client.ask()
    check("oidc: and with the next address", "The last sign-in failed" in answer[0] and "access_denied" in answer[0], answer)
    callback = walk(address(answer))
    browse(callback)
    answer = client.ask()
    check("oidc: which works", works(answer), answer)
    client.close()
    client = renewal("oidc", person, lambda: provider.seen("given", "seconds"))
    # Somebody else spends the refresh token: the provider takes back all it gave.
    stolen = {"grant_type": "refresh_token", "client_id": "seconds", "refresh_token": person.kept()["refreshToken"]}
    urllib.request.urlopen(issuer + "/token", urllib.parse.urlencode(stolen).encode()).read()
    wears_out(person)
    again = address(client.ask())
    check("oidc: a refresh token that is worth nothing asks for a person", provider.seen("refused", "seconds") == 1, provider.lines)
    browse(walk(again))
    answer = client.ask()
    check("oidc: who signs in again", works(answer), answer)
    client.close()

    person = Person(ArgoCd(issuer, "once"), back)
    client = person.client()
    sign_in(client)
    answer = client.ask()
    check("oidc: a provider without refresh tokens works", works(answer) and "refreshToken" not in person.kept(), answer)
    client.close()
    commands("oidc", Person(ArgoCd(issuer, "hour", wanted), back), USER)

    provider.process.terminate()
    provider.process.wait(20)
    answer = Person(ArgoCd(issuer, "hour"), back).client().ask()
    check("oidc: a provider that is down is one sentence with the way out", answer[1] and issuer in answer[0] and "reachable" in answer[0] and len(answer[0].splitlines()) <= 2, answer)


def attempt(part, *arguments):
    try:
        part(*arguments)
    except Exception as error:
        check(f"{part.__name__} to its end", False, repr(error))


try:
    parts = [threading.Thread(target=attempt, args=part) for part in ((of_oidc_provider, sys.argv[1]), (of_dex, sys.argv[2]))]
    for part in parts:
        part.start()
    for part in parts:
        part.join()
    LOG.seek(0)
    log = LOG.read()
    told = [secret[:12] for secret in secrets if secret in log]
    check("no token and no code is in a log, at trace level", " TRACE " in log and secrets and not told, told)
finally:
    for process in opened:
        process.poll() is None and process.kill()
if counts[False]:
    LOG.seek(0)
    print(f"the end of the servers' log ({LOG.name}):\n" + LOG.read()[-3000:], file=sys.stderr)
else:
    shutil.rmtree(FOLDER)
print(f"{counts[True]} passed, {counts[False]} failed")
sys.exit(1 if counts[False] else 0)
