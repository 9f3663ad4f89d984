"""Asks a real server everything that its OpenAPI document allows, and much that it does not.

`MES_DASHBOARD=target/fast/mes-dashboard python run.py` in an environment with `requirements.txt`;
`cargo xtask test --only schemathesis` makes that environment. Fails on an answer that the document
does not declare (status, type, headers, body), on a 500, and on no answer at all. The settings of the
checks, and what is left out for which reason, are in `schemathesis.toml` beside this file.

Two visits: as an administrator, and as nobody. The administrator leaves alone what would end the own
session or open the circuit breaker; nobody tries that as well, and is turned away.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
SEED = "20261120"
# Would end the visit, or turn every later answer into 503.
ENDS_THE_VISIT = r"^/api/session|^/admin/(login|logout|api/sessions|api/circuit-breaker|api/worker)"
# Never ends by design: a stream of events.
STREAM = r"^/api/events$"


def start(folder):
    """The demo on a free port, its origin, and its administrator's password."""
    program = Path(os.environ["MES_DASHBOARD"]).resolve()
    rates = ("API", "QUERY", "EXPORT", "COMMAND")
    unlimited = {f"{kind}_RATE_LIMIT_MAX_REQUESTS": "0" for kind in rates}
    server = subprocess.Popen(
        [program, "demo", "--port", "0", "--data-dir", folder],
        cwd=folder,
        env=os.environ | unlimited,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    password = None
    for line in server.stdout:
        if found := re.search(r"with the password (\S+)", line):
            password = found[1]
        if found := re.match(r"listening on (http://\S+)", line):
            return server, found[1], password
    sys.exit(f"the demo ended with {server.wait()} before it listened")


def sign_in(origin, password):
    """Headers of an administrator."""
    request = urllib.request.Request(
        f"{origin}/api/session",
        data=json.dumps({"username": "admin", "password": password}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        token = json.load(answer)["data"]["csrf_token"]
    return {"Cookie": cookie, "X-CSRF-Token": token}


def visit(origin, who, headers, left_out):
    """Runs every check of one caller; whether nothing undeclared was found."""
    print(f"\n--- as {who}", flush=True)
    command = [Path(sys.executable).with_name("schemathesis")]
    command += ["--config-file", HERE / "schemathesis.toml", "run", f"{origin}/api/openapi.json"]
    command += ["--seed", SEED, "--exclude-path-regex", left_out]
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    return subprocess.run(command, cwd=HERE, check=False).returncode == 0


def main():
    with tempfile.TemporaryDirectory() as folder:
        server, origin, password = start(folder)
        try:
            headers = sign_in(origin, password)
            done = [
                visit(origin, "an administrator", headers, f"{STREAM}|{ENDS_THE_VISIT}"),
                visit(origin, "nobody", {}, STREAM),
            ]
            alive = server.poll() is None
        finally:
            server.terminate()
            server.wait(timeout=30)
    if not alive:
        sys.exit("the server ended during the visits")
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
