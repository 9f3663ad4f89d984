"""Asks a real server everything that its OpenAPI document allows, and much that it does not.

`MES_DASHBOARD=target/fast/mes-dashboard python run.py` in an environment with `requirements.txt`;
`cargo xtask test --only schemathesis` makes that environment. Fails on an answer that the document
does not declare (status, type, headers, body), on a 500, and on no answer at all. The settings of the
checks, and what is left out for which reason, are in `schemathesis.toml` beside this file.

Two visits: as an administrator, and as nobody. The administrator leaves alone what would end the own
session or open the circuit breaker; nobody tries that as well, and is turned away.
"""

import subprocess
import sys
import tempfile
from collections import deque
from pathlib import Path

from demo import sign_in, start, wait_for_history

HERE = Path(__file__).parent
SEED = "20261120"
# Would end the visit, or turn every later answer into 503.
ENDS_THE_VISIT = r"^/api/session|^/admin/(login|logout|api/sessions|api/circuit-breaker|api/worker)"
# Never ends by design: a stream of events.
STREAM = r"^/api/events$"


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
            wait_for_history(origin)
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
