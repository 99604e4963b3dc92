"""Foreign pictures are taken out of packages of free drawings and photographs."""

import numpy as np
import pytest
from PIL import Image

from skinapp.evaluation.tables import read_table
from skinapp.training import gather
from skinapp.training.foreign import in_folder
from skinapp.training.gather import STAMPS, lay_out, main


def save(path, width_px=200, height_px=180, **mode):
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (height_px, width_px, 3)
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    Image.fromarray(pixels).save(path, **mode)


@pytest.fixture
def unpacked(tmp_path):
    root = tmp_path / "unpacked"
    stamps = root / STAMPS / "usr/share/tuxpaint/stamps"
    save(stamps / "animals/birds/hen.png")
    save(stamps / "animals/birds/hen_mirror.png")
    save(stamps / "animals/ant.png", width_px=40)
    save(stamps / "food/apple.png")
    (stamps / "food/apple.txt").write_text("An apple")
    (stamps / "food/broken.png").write_bytes(b"no picture")
    (stamps / "food/cut_off.png").write_bytes((stamps / "food/apple.png").read_bytes()[:5000])
    save(root / STAMPS / "usr/share/doc/tuxpaint/screen.png")
    backgrounds = root / "gnome-backgrounds/usr/share/backgrounds"
    save(backgrounds / "hills.jpg", width_px=600)
    save(backgrounds / "icon.png", width_px=30, height_px=30)
    (backgrounds / "again.jpg").symlink_to("hills.jpg")
    plasma = root / "plasma-workspace-wallpapers/usr/share/wallpapers/Autumn/contents"
    save(plasma / "images/1920x1080.png", width_px=640)
    save(plasma / "screenshot.png")
    return root


def test_pictures_are_taken_once_each_by_kind(unpacked, tmp_path):
    found = lay_out(tmp_path / "out", unpacked)
    assert found == {"clip_art_animals": 1, "clip_art_food": 1, "wallpaper": 2}
    assert [picture.kind for picture in in_folder(tmp_path / "out")] == list(found.elements())


def test_what_can_not_be_decoded_is_named(unpacked, tmp_path, capsys):
    lay_out(tmp_path / "out", unpacked)
    told = capsys.readouterr().err
    assert told.count("can't be decoded") == 2
    assert "broken.png" in told
    assert "cut_off.png" in told


def test_table_names_each_files_licence(unpacked, tmp_path):
    lay_out(tmp_path / "out", unpacked)
    rows = read_table(tmp_path / "out" / "sources.csv", "file", "category", "license")
    assert {row["license"] for row in rows if row["category"].startswith("clip_art_")} == {"GPL-2"}
    files = {path.name for path in (tmp_path / "out" / "images").iterdir()}
    assert {row["file"] for row in rows} == files


def test_what_is_transparent_is_laid_on_white(unpacked, tmp_path):
    stamp = unpacked / STAMPS / "usr/share/tuxpaint/stamps/animals/birds/hen.png"
    picture = Image.new("RGBA", (200, 180), (255, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 100, 180))
    picture.save(stamp)
    lay_out(tmp_path / "out", unpacked)
    hen = next(each for each in in_folder(tmp_path / "out") if each.kind == "clip_art_animals")
    assert hen.pixels[:, :90].max() < 10
    assert hen.pixels[:, 110:].min() > 245


def test_white_signs_are_left_out(unpacked, tmp_path):
    stamp = unpacked / STAMPS / "usr/share/tuxpaint/stamps/food/apple.png"
    Image.new("RGBA", (200, 180), (255, 255, 255, 128)).save(stamp)
    assert "clip_art_food" not in lay_out(tmp_path / "out", unpacked)


def test_nothing_is_larger_than_the_dermoscopic_images(unpacked, tmp_path):
    lay_out(tmp_path / "out", unpacked)
    assert max(max(each.pixels.shape) for each in in_folder(tmp_path / "out")) == 448


def test_gathering_again_gives_the_same_files(unpacked, tmp_path):
    contents = []
    for name in ("one", "two"):
        lay_out(tmp_path / name, unpacked)
        files = sorted((tmp_path / name).rglob("*.*"))
        contents.append([(path.name, path.read_bytes()) for path in files])
    assert contents[0] == contents[1]


def test_where_the_packages_were_unpacked_changes_no_kind(unpacked, tmp_path):
    elsewhere = tmp_path / "stamps" / "contents"
    elsewhere.parent.mkdir()
    unpacked.rename(elsewhere)
    found = lay_out(tmp_path / "out", elsewhere)
    assert found == {"clip_art_animals": 1, "clip_art_food": 1, "wallpaper": 2}


def programs(folder, monkeypatch, **scripts):
    """Let programs of these names be what a script says."""
    folder.mkdir()
    for name, script in scripts.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_packages_are_downloaded_unpacked_and_laid_out(unpacked, tmp_path, monkeypatch, capsys):
    programs(
        tmp_path / "bin",
        monkeypatch,
        apt_get='for package; do :; done; touch "${package}_1.0_all.deb"',
        dpkg_deb=f'mkdir "$3"; cp -r {unpacked}/"$(basename "$3")"/. "$3" 2> /dev/null; true',
    )
    assert main([str(tmp_path / "below" / "out")]) == 0
    assert "4 pictures of 3 kinds" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "below").iterdir()] == ["out"]
    assert len(in_folder(tmp_path / "below" / "out")) == 4


def test_a_disk_that_is_full_leaves_nothing_that_looks_whole(
    unpacked, tmp_path, monkeypatch, capsys
):
    def full(_table):
        raise OSError(28, "No space left on device")

    def already_unpacked(folder):
        (unpacked / STAMPS).rename(folder / STAMPS)

    monkeypatch.setattr(gather.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(gather, "unpack", already_unpacked)
    monkeypatch.setattr(gather.csv, "writer", full)
    (tmp_path / "below").mkdir()
    assert main([str(tmp_path / "below" / "out")]) == 2
    assert "No space left on device" in capsys.readouterr().out
    assert list((tmp_path / "below").iterdir()) == []


def test_a_folder_that_is_there_already_is_left_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gather.shutil, "which", lambda name: f"/usr/bin/{name}")
    (tmp_path / "kept").write_text("")
    assert main([str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_where_there_is_no_debian_that_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gather.shutil, "which", lambda _name: None)
    assert main([str(tmp_path / "out")]) == 2
    assert "needs Debian or Ubuntu" in capsys.readouterr().out


def test_a_package_that_can_not_be_had_leaves_nothing_behind(tmp_path, monkeypatch, capsys):
    programs(tmp_path / "bin", monkeypatch, apt_get="exit 100", dpkg_deb="exit 100")
    assert main([str(tmp_path / "out")]) == 2
    assert "returned non-zero exit status 100" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()
