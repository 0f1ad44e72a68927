"""The desk as its clients see it: where it is, how it is asked, and the shape of what it answers."""
