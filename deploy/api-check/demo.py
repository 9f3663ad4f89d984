"""The demo as a process, for programs that ask a real server."""

import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path


def start(folder, said, *options):
    """The demo on a free port, its origin, and its administrator's password; `said` gets its lines.

    `options` are further options of the demo.
    """
    return listening(folder, said, {}, "demo", "--port", "0", "--data-dir", folder, *options)


def serve(folder, said, database, **settings):
    """The server with these settings on a free port over a database of SQLite, as `start` gives the demo."""
    own = {"APP_DATABASE_URL": f"sqlite:{folder}/app.sqlite", "BIND_ADDR": "127.0.0.1:0", "LOG_LEVEL": "error"}
    own |= {"APP_ENV": "demo", "PLANT_TIME_ZONE": "Asia/Taipei"}
    return listening(folder, said, own | settings, "serve", "--database-url", f"sqlite:{database}")


def listening(folder, said, settings, *arguments):
    program = Path(os.environ["MES_DASHBOARD"]).resolve()
    rates = ("API", "QUERY", "EXPORT", "COMMAND")
    unlimited = {f"{kind}_RATE_LIMIT_MAX_REQUESTS": "0" for kind in rates}
    # The widest ranges of all are asked for at once: a busy machine is no fault of the server.
    unlimited |= {"DB_CALL_TIMEOUT_MS": "600000", "CIRCUIT_BREAKER_SLOW_CALL_MS": "600000"}
    unlimited |= {"DB_POOL_TIMEOUT": "600", "SNAPSHOT_READ_TIMEOUT": "600"}
    server = subprocess.Popen(
        [program, *arguments],
        cwd=folder,
        env=os.environ | unlimited | settings,
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
            # Keep reading: a full pipe would block the server at its next line.
            threading.Thread(target=said.extend, args=[server.stdout], daemon=True).start()
            return server, found[1], password
    sys.exit(f"the server ended with {server.wait()} before it listened:\n{''.join(said)}")


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


def wait_for_history(origin):
    """Returns once all past days are rolled up: until then wide ranges are answered with 503."""
    end = time.monotonic() + 300
    while True:
        try:
            with urllib.request.urlopen(f"{origin}/health", timeout=10) as answer:
                pending = json.load(answer)["data"]["history"]["days_pending"]
        except urllib.error.HTTPError as error:
            pending = error.read()
        if pending == 0:
            return
        if time.monotonic() > end:
            sys.exit(f"{origin} has not rolled up its history after five minutes: {pending}")
        time.sleep(0.2)


def wait_for_data(origin):
    """Returns once all data is loaded; fails after a minute."""
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{origin}/health", timeout=10) as answer:
                if json.load(answer)["data"]["status"] == "healthy":
                    return
        except urllib.error.HTTPError as error:
            error.close()
        if time.monotonic() > end:
            sys.exit(f"{origin} has no data after a minute")
        time.sleep(0.2)
