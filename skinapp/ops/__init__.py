"""What an administrator needs: health, logs, capacity, the secret key, where to listen."""
