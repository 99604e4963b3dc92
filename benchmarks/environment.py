"""What a program under measurement gets of our own environment.

A clinic's settings stay outside: with SKINAPP_DATABASE_URL a benchmark would write its thousands
of cases into the clinic's database, and with SKINAPP_ENGINE it would measure something else than
it says.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from skinapp.settings import Settings

_PREFIX = "SKINAPP_"
# Where real images lie; it names nothing that is written to.
_KEPT = "SKINAPP_DATA"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def without_settings(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment without what would set skinapp up, in whatever case it is written."""
    return {
        name: value
        for name, value in environment.items()
        if name == _KEPT or not name.upper().startswith(_PREFIX)
    }


def on_one_thread() -> dict[str, str]:
    """The same for a program whose numerical libraries shall compute on one thread."""
    return without_settings() | _ONE_THREAD


class _GivenSettings(Settings):
    """Settings that look at nothing but what they are given."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def given_settings(**chosen: Any) -> Settings:  # noqa: ANN401 - each field has its own type
    """Defaults with what is chosen, whatever the environment says."""
    return _GivenSettings(**chosen)
