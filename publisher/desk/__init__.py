"""What people do, one function each, inside the caller's transaction.

Every function authorizes first. Nothing here reaches a network: it ends in `gate.plan`.
"""
