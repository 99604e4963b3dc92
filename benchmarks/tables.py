"""Fill the tables of a document from the JSON that the benchmarks wrote.

``tables.py docs/performance.md`` replaces what stands between ``<!-- table NAME -->`` and
``<!-- end -->``, so that no figure is typed by hand.  What was not measured says so.  What depends
on the model lies in a folder of the model's name, and the table is repeated for each of them.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.markdown import Table  # noqa: E402 - the path has to be set first
from benchmarks.performance_tables import PERFORMANCE  # noqa: E402 - likewise
from benchmarks.reliability_tables import RELIABILITY  # noqa: E402 - likewise

MEASURED = ROOT / "docs" / "measured"
TABLES = PERFORMANCE | RELIABILITY
_PLACE = re.compile(r"(<!-- table ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(document: str, measured: Path) -> str:
    """The document with its tables made anew from the JSON files in a folder.

    Raises :class:`KeyError` for a table that nobody makes.
    """

    def put(place: re.Match[str]) -> str:
        made = "\n\n".join(_made(TABLES[place[2]], measured)) or "Not measured yet."
        return f"{place[1]}{made}\n{place[3]}"

    return _PLACE.sub(put, document)


def _made(table: Table, measured: Path) -> Iterator[str]:
    """The table, or one for each model under the model's name; nothing where nothing is there."""
    pattern = f"*/{table.file}" if table.for_each_model else table.file
    for path in sorted((measured / table.beneath).glob(pattern)):
        made = table.make(json.loads(path.read_text(encoding="utf-8")))
        yield f"**{path.parent.name}**\n\n{made}" if table.for_each_model else made


def main() -> int:
    """Fill a document."""
    parser = argparse.ArgumentParser(prog="tables.py", description=__doc__)
    parser.add_argument("document", type=Path)
    parser.add_argument("--measured", type=Path, default=MEASURED, help="folder of JSON files")
    options = parser.parse_args()
    text = options.document.read_text(encoding="utf-8")
    options.document.write_text(filled(text, options.measured), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
