"""A whole desk under load, and everything that can happen to the machine under it: nothing that was accepted is lost."""
