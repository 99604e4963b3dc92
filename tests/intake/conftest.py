from __future__ import annotations

import warnings

import pytest


@pytest.fixture(autouse=True)
def pillow_warns_as_in_service():
    # pytest turns warnings into errors and so overrides the filter that intake sets at import.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
