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
import threading
import urllib.request
from collections import deque
from pathlib import Path

HERE = Path(__file__).parent
SEED = "20261120"
# Would end the visit, or turn every later answer into 503.
ENDS_THE_VISIT = r"^/api/session|^/admin/(login|logout|api/sessions|api/circuit-breaker|api/worker)"
# Never ends by design: a stream of events.
STREAM = r"^/api/events$"


def start(folder, said):
    """The demo on a free port, its origin, and its administrator's password; `said` gets its lines."""
    program = Path(os.environ["MES_DASHBOARD"]).resolve()
    rates = ("API", "QUERY", "EXPORT", "COMMAND")
    unlimited = {f"{kind}_RATE_LIMIT_MAX_REQUESTS": "0" for kind in rates}
    # The widest ranges of all are asked for at once: a busy machine is no fault of the server.
    unlimited |= {"DB_CALL_TIMEOUT_MS": "600000", "CIRCUIT_BREAKER_SLOW_CALL_MS": "600000"}
    unlimited |= {"DB_POOL_TIMEOUT": "600", "SNAPSHOT_READ_TIMEOUT": "600"}
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
        said.append(line)
        if found := re.search(r"with the password (\S+)", line):
            password = found[1]
        if found := re.match(r"listening on (http://\S+)", line):
            # A pipe that nobody empties would stop the server at its next line.
            threading.Thread(target=said.extend, args=[server.stdout], daemon=True).start()
            return server, found[1], password
    sys.exit(f"the demo ended with {server.wait()} before it listened:\n{''.join(said)}")


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
    said = deque(maxlen=15)
    with tempfile.TemporaryDirectory() as folder:
        server, origin, password = start(folder, said)
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
    if alive and all(done):
        return 0
    end = "" if alive else "; it ended during the visits"
    print(f"\n--- last lines of the server{end}\n{''.join(said)}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
