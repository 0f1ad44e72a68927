"""What the verbs of the desk, and what reads for them, are made of. Nothing here asks who may."""
