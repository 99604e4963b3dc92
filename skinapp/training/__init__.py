"""Making models: data, split, augmentation, loop, export.  Never imported by the web side."""
