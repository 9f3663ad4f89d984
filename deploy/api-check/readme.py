"""Runs the README's examples word for word, against the demo, and compares what they print.

`MES_DASHBOARD=target/fast/mes-dashboard python readme.py` in an environment with `requirements.txt`;
`cargo xtask test --only readme` makes that environment. Only addresses, the path of the program and the
database's address are replaced.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections import deque
from pathlib import Path

from demo import start, wait_for_data

README = Path(__file__).parents[2] / "README.md"
ADDRESS = "http://127.0.0.1:8080"
PASSWORD = "an example of twenty letters"


def examples(text):
    """The fenced blocks of a document: language and text."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def one(language, having):
    """The only example in a language with a text in it."""
    found = [text for name, text in examples(README.read_text("utf-8")) if name == language and having in text]
    assert len(found) == 1, f"{len(found)} examples in {language} with {having}"
    return found[0]


def output(command, **options):
    """What a command prints; its error ends the check."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=120, **options)
    return done.stdout


def reads(origin):
    """The examples that read numbers agree with one another."""
    here = lambda text: text.replace(ADDRESS, origin)
    shell = json.loads(output(["bash", "-c", here(one("sh", "curl"))]))["data"]
    print("curl:", shell["totalLots"], "lots,", shell["totalQtyPcs"], "pieces")

    polars = here(one("python", "polars")) + '\nprint([lots.height, lots["QTY"].sum()])\n'
    counted = ast.literal_eval(output([sys.executable, "-c", polars]).splitlines()[-1])
    print("polars:", *counted)
    assert counted == [shell["totalLots"], shell["totalQtyPcs"]]

    assert "`format=parquet` for `pandas.read_parquet(url)`" in README.read_text("utf-8")
    import pandas

    lots = pandas.read_parquet(f"{origin}/api/snapshot/wip?format=parquet")
    print("pandas:", len(lots), lots["QTY"].sum())
    assert [len(lots), lots["QTY"].sum()] == counted

    node = output(["node", "--input-type=module", "--eval", here(one("ts", "fetch"))])
    print("node:", node.strip())
    assert node.startswith(f"{shell['totalLots']} lots as of ")


def serves(folder):
    """The lines that run it on own tables, on the demo's."""
    text = one("sh", "secret")
    for shown, real in {
        "cargo xtask build": "",
        "target/release/mes-dashboard": str(Path(os.environ["MES_DASHBOARD"]).resolve()),
        "postgres://reader@db/mes": f"sqlite:{folder}/plant.sqlite",
    }.items():
        assert shown in text, shown
        text = text.replace(shown, real)
    lines = text.splitlines()
    *before, last = lines
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {"BIND_ADDR": "127.0.0.1:0", "LOG_LEVEL": "error"}
        for line in before:
            output(["bash", "-c", line], cwd=home, env=env, input=f"{PASSWORD}\n")
        name, _, rest = last.partition("=")
        address, _, command = rest.partition(" ")
        server = subprocess.Popen(
            command.split(), cwd=home, env=env | {name: address}, stdout=subprocess.PIPE, text=True
        )
        try:
            listening = next((line for line in server.stdout if line.startswith("listening on ")), None)
            assert listening, "it ended before it listened"
            print("own tables:", listening.strip())
        finally:
            server.terminate()
            server.wait(timeout=30)


def main():
    said = deque(maxlen=15)
    with tempfile.TemporaryDirectory() as folder:
        server, origin, _ = start(folder, said, "--tick-ms", "600000")
        try:
            wait_for_data(origin)
            reads(origin)
        finally:
            server.terminate()
            server.wait(timeout=30)
        serves(folder)


if __name__ == "__main__":
    main()
