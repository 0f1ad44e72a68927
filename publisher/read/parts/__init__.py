"""What the looks are made of. Nothing here asks who may."""
