"""Settings: read once from SKINAPP_* variables; nonsense is refused at start."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from skinapp.domain.photo import PhotoLimits
from skinapp.domain.symmetry import Symmetries

_ROOT = Path(__file__).resolve().parent.parent
# Where the tests find real images.
_OF_TESTS = ("SKINAPP_DATA",)
# Share of letters that two names have in common, in their order.
_NEAR = 0.85


def _a_folder(given: object) -> object:
    """Refuse nothing at all, which would be the program's own folder; ``~`` is the user's."""
    if not isinstance(given, str):
        return given
    if not given.strip():
        raise ValueError("name a folder, or leave the variable out")
    return Path(given).expanduser()


Folder = Annotated[Path, BeforeValidator(_a_folder)]


class SettingsRefused(SystemExit):
    """The settings make no sense; the message says which and why."""


class Settings(BaseSettings):
    """Everything that an administrator can set.  Each field is ``SKINAPP_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="SKINAPP_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(8000, description="Port to listen on")
    allow_remote: bool = Field(
        False,
        description="Allow an address that other machines can reach. There are no accounts yet: "
        "put the app behind a proxy that knows its users",
    )
    behind_tls: bool = Field(
        False,
        description="Set where a proxy speaks HTTPS: cookies become Secure and HSTS is sent",
    )
    data_dir: Folder = Field(_ROOT / "var", description="Database and secret key")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the data folder")
    weights_dir: Folder = Field(_ROOT / "weights", description="Folder of model folders")
    model: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] = Field(
        "ham10000-efficientnet-b4", description="Model to serve"
    )
    engine: Literal["auto", "torch", "openvino"] = Field(
        "auto",
        description="What runs the network; auto: OpenVINO where it is installed and agrees with "
        "PyTorch, else PyTorch",
    )
    device: Literal["cpu", "cuda"] = Field(
        "cpu",
        description="Where the network is computed; cuda: on a GPU, by PyTorch, which has to be "
        "built for CUDA",
    )
    symmetries: Annotated[Symmetries, BeforeValidator(int)] = Field(
        1,
        description="Views of a photo over which an answer is the mean: 1, 2 with its mirror "
        "image, 8 turned and mirrored; each takes as long as the first",
    )
    max_upload_mb: Annotated[float, Field(ge=0.01, le=500)] = Field(
        25, description="Largest accepted file, in megabytes"
    )
    max_megapixels: Annotated[float, Field(ge=0.1, le=200)] = Field(
        64, description="Most pixels that are decoded, in millions"
    )
    min_side_px: Annotated[int, Field(ge=32, le=2000)] = Field(
        128, description="Least pixels on the shorter side"
    )
    kept_side_px: Annotated[int, Field(ge=640, le=4000)] = Field(
        1600,
        description="Longer side of the photo that is kept, and that the model is shown, in pixels",
    )
    retention_days: Annotated[float, Field(ge=0.04, le=36500)] = Field(
        30, description="Days after which a case is deleted"
    )
    workers: Annotated[int, Field(ge=0, le=64)] = Field(
        0, description="Server processes; 0: chosen from the cores, one with a GPU"
    )
    threads: Annotated[int, Field(ge=0, le=64)] = Field(
        0, description="Photos worked on side by side in each process; 0: four, 16 with a GPU"
    )
    max_waiting: Annotated[int, Field(ge=0, le=256)] = Field(
        16,
        description="Uploads that may wait in each process beside those worked on; "
        "more are told to come again",
    )
    uploads_per_hour: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        200, description="Cases that one browser session may make within an hour; 0: any number"
    )
    prevalence: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None,
        description="Share of malignant ones among the lesions that the clinic examines, 0 to 1; "
        "the result page then tells predictive values, and the malignant probability at that share",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is logged"
    )
    log_format: Literal["json", "console"] = Field("json", description="Form of the log lines")

    @property
    def on_gpu(self) -> bool:
        """Whether a GPU computes."""
        return self.device == "cuda"

    @property
    def limits(self) -> PhotoLimits:
        """The limits of the door."""
        return PhotoLimits(
            max_upload_bytes=int(self.max_upload_mb * 1_000_000),
            max_megapixels=self.max_megapixels,
            min_side_px=self.min_side_px,
            kept_side_px=self.kept_side_px,
        )

    @property
    def effective_database_url(self) -> str:
        """The database's URL, the default filled in."""
        path = str(self.data_dir.resolve() / "skinapp.sqlite3")
        return self.database_url or f"sqlite:///{quote(path)}"

    @model_validator(mode="after")
    def _remote_needs_consent(self) -> Settings:
        if not self.allow_remote and not _is_loopback(self.host):
            raise ValueError(
                f"{self.host} can be reached from other machines and skinapp has no accounts yet; "
                "set SKINAPP_ALLOW_REMOTE=1 if a proxy in front of it checks who comes in"
            )
        return self

    @model_validator(mode="after")
    def _some_photo_is_taken(self) -> Settings:
        if self.min_side_px**2 > self.max_megapixels * 1_000_000:
            raise ValueError(
                f"no photo has {self.min_side_px} pixels on its shorter side and at most "
                f"{self.max_megapixels:g} million in all; change SKINAPP_MIN_SIDE_PX or "
                "SKINAPP_MAX_MEGAPIXELS"
            )
        return self

    @model_validator(mode="after")
    def _gpu_needs_pytorch(self) -> Settings:
        if self.device == "cuda" and self.engine == "openvino":
            raise ValueError(
                "on a GPU PyTorch computes, not OpenVINO; set SKINAPP_ENGINE=torch or leave it "
                "out, or set SKINAPP_DEVICE=cpu"
            )
        return self


def _misspelt(environment: Iterable[str]) -> list[str]:
    """What is wrong with variables that are nearly a setting's: they would change nothing.

    Others may begin alike: Kubernetes tells a service of the name where its neighbours are.
    """
    known = [f"SKINAPP_{name.upper()}" for name in Settings.model_fields]
    strange = {name for name in environment if name.startswith("SKINAPP_")} - {*known, *_OF_TESTS}
    near = {name: get_close_matches(name, known, n=1, cutoff=_NEAR) for name in sorted(strange)}
    return [f"There is no {name}; is {found[0]} meant?" for name, found in near.items() if found]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_settings(host: str | None = None) -> Settings:
    """Read the environment; a host that is given goes before it.

    Raises :class:`SettingsRefused` with one line per problem.
    """
    if misspelt := _misspelt(os.environ):
        raise SettingsRefused("skinapp can't start:\n" + "\n".join(misspelt))
    try:
        return Settings() if host is None else Settings(host=host)
    except ValidationError as error:
        problems = [
            ": ".join(
                part
                for part in (
                    "SKINAPP_" + str(item["loc"][0]).upper() if item["loc"] else "",
                    item["msg"].removeprefix("Value error, "),
                )
                if part
            )
            for item in error.errors()
        ]
        raise SettingsRefused("skinapp can't start:\n" + "\n".join(problems)) from None
