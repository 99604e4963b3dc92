"""The door: bytes become a photo, or are refused."""
