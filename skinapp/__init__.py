"""skinapp: decision support for dermoscopic photographs of skin lesions.

Start reading in :mod:`skinapp.screening`, which tells the whole story.
"""

__version__ = "0.1.0"
