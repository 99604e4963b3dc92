"""The only door to OpenVINO.

``import openvino`` tells its maker over the network that it was imported, and a conversion tells
more, through the package openvino_telemetry.  A clinic's server tells nobody anything, so that
package is barred first; OpenVINO then uses a stub of its own that says nothing.

Raises ImportError where OpenVINO is not installed.
"""

from __future__ import annotations

import sys

sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # importing it now fails

import openvino  # noqa: E402 - telemetry has to be barred first

__all__ = ["openvino"]
