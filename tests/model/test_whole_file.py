"""Files that appear whole or not at all."""

from pathlib import Path

import pytest

from skinapp.model.whole_file import write_whole


def test_file_is_replaced_in_one_step(tmp_path):
    path = tmp_path / "facts.json"
    path.write_text("before")
    write_whole(path, "naïve\n")
    assert path.read_bytes() == "naïve\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_disk_that_is_full_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "facts.json"
    path.write_text("before")

    def half(self, text, **_options):
        with self.open("w") as file:
            file.write(text[:2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
