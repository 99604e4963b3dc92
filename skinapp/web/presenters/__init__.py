"""Facts in, words out: templates speak, they do not compute."""
