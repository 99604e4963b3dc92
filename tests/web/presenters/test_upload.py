"""The upload page's limits in words."""

import pytest

from skinapp.settings import Settings
from skinapp.web.presenters.upload import present_upload
from skinapp.web.presenters.views import ResultView


@pytest.mark.parametrize(
    ("max_megapixels", "words"), [(64, "64 megapixels (WebP 48),"), (20, "20 megapixels,")]
)
def test_webp_limit_is_said_where_it_is_the_lower_one(tmp_path, max_megapixels, words):
    settings = Settings(data_dir=tmp_path, max_megapixels=max_megapixels)
    assert words in present_upload(settings, ResultView.TYPES).limits
