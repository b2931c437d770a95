"""What must not be kept, and how long the rest is."""
