"""The demonstration: who plays in it, the one real tender, and its play from notice to award."""
