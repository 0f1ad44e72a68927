"""Publisher: the desk and the daemon through which every official post goes out."""

__version__ = "0.1.0"
