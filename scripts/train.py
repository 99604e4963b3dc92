#!/usr/bin/env python3
"""Train a model from a recipe; see ``--help``."""

from skinapp.training.command import main

if __name__ == "__main__":
    raise SystemExit(main())
