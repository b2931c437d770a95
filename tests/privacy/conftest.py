from tests.hooks.conftest import endpoint, loopback, receiver

__all__ = ["endpoint", "loopback", "receiver"]
