"""The only door to torchvision."""

import subprocess
import sys


def test_torchvision_can_be_imported_through_the_door_in_a_fresh_process():
    code = (
        "from skinapp.model.torchvision_door import models; print(models.efficientnet_b4.__name__)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "efficientnet_b4"
