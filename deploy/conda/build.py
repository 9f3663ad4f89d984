"""Builds the conda package from a folder of files into a channel: build.py RECIPE CHANNEL.

Nothing is downloaded. The recipe reads MES_DASHBOARD_VERSION, _BUILD and _FILES.
"""

import asyncio
import os
import shutil
import sys
import warnings
from pathlib import Path

import rattler
import rattler_build


def main() -> None:
    recipe, channel = sys.argv[1:]
    with warnings.catch_warnings():
        # Its successor has no way yet to read variables in a recipe.
        warnings.simplefilter("ignore", DeprecationWarning)
        rattler_build.build_recipes(
            [recipe], output_dir=channel, channel=[Path(channel).as_uri()], package_format="conda:3", test="skip"
        )
    for scratch in ["bld", "src_cache"]:
        shutil.rmtree(Path(channel) / scratch, ignore_errors=True)
    asyncio.run(rattler.index.index_fs(channel, write_shards=False))


main()
# Threads of py-rattler may outlive the interpreter, which then aborts.
sys.stdout.flush()
os._exit(0)
