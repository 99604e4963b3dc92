"""Arrays in, numbers and figures out."""
