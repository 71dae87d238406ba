"""The lake: immutable, published versions of every stage, and the door through which readers get them."""
