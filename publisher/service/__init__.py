"""The desk as a service: the one door through which people and programs reach it.

It decides nothing: each operation is a function of `desk/` or `read/`, with the words of `words/`.
"""

API = "/api/v1"
