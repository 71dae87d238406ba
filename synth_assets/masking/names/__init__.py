"""Names of people, places and institutions: where they occur, and surrogates for their words."""
