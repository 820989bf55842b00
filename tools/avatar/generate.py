"""Makes an avatar: reads a character file, builds the parts, writes a VRM 1.0 file.

blender --background --factory-startup --python tools/avatar/generate.py -- CHARACTER.toml OUT.vrm
"""

import os
import sys
import tomllib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from maker import assemble  # noqa: E402


def main():
    arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
    if len(arguments) != 2:
        raise SystemExit("usage: blender --background --python generate.py -- CHARACTER.toml OUT.vrm")
    with open(arguments[0], "rb") as source:
        params = tomllib.load(source)
    assemble.make(params, arguments[1])


try:
    main()
except BaseException:
    # Blender carries on after a failed script; a build step must not.
    import traceback

    traceback.print_exc()
    sys.stdout.flush()
    os._exit(1)
