"""Reports about data sets: one HTML page that stands alone, and the same as JSON beside it."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def report_paths(out: Path) -> tuple[Path, Path]:
    """The page and the JSON file of a report, whichever suffix was asked for."""
    stem = out.with_suffix("") if out.suffix.lower() in {".html", ".json"} else out
    return stem.with_name(f"{stem.name}.html"), stem.with_name(f"{stem.name}.json")


def make_room(out: Path) -> None:
    """Make a report's folder, and see that its files can be written, before the long work begins.

    Raises ``OSError`` where they can't.
    """
    for path in report_paths(out):
        path.parent.mkdir(parents=True, exist_ok=True)
        was_there = path.exists()
        with path.open("ab"):
            pass
        if not was_there:
            path.unlink()


def write_report(out: Path, template: str, facts: object, /, **values: object) -> Path:
    """Render ``templates/report/<template>`` and write it with its facts; return the page's path.

    The template knows ``json_name`` and the values; ``facts`` are plain values for the JSON file.
    """
    page, data = report_paths(out)
    page.parent.mkdir(parents=True, exist_ok=True)
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template(f"report/{template}").render(json_name=data.name, **values)
    facts_text = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
    # A file's name that is no UTF-8, as archives from elsewhere leave them, is told with escapes.
    for path, content in ((data, facts_text), (page, text)):
        path.write_text(content, encoding="utf-8", errors="backslashreplace")
    return page
