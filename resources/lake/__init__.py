"""The lake: immutable, published versions of every stage, and the only way to read them."""
