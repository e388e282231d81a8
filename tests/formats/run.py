"""Reads the files of a disclosure back with readers that know nothing of the program, and compares what they read with
its JSON: python run.py DIRECTORY. Every read_*.py here, and every pack_*.py for an authority pack, has a function
check(directory) that raises where something differs and answers how many values it compared."""

import importlib
import sys
import traceback
from pathlib import Path


def main():
    directory = Path(sys.argv[1])
    here = Path(__file__).parent
    sys.path.insert(0, str(here))
    failed = 0
    of_pack = (directory / "pack.json").exists()
    for path in sorted(here.glob("pack_*.py" if of_pack else "read_*.py")):
        reader = importlib.import_module(path.stem)
        try:
            compared = reader.check(directory)
            assert compared > 0, "nothing was compared"
            print(f"{path.stem}: {compared} values compared")
        except Exception:
            failed += 1
            print(f"{path.stem}: FAILED", file=sys.stderr)
            traceback.print_exc()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
