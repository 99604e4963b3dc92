"""Speed and load measurements, each side by side with a peer."""
