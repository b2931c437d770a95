"""What became of the desk's promises: figures for those who answer for them."""
