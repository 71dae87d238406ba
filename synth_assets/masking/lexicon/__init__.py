"""Word lists: names, countries, occupations, numerals, and lists of the user."""
