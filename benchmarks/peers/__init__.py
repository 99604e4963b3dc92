"""Other ways to serve the same weights, as yardsticks; never a part of skinapp."""
