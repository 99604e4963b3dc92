"""One file per step, ``rev_<number>_<what>.py``."""
