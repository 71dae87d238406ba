"""Word lists: names, countries, occupations, numerals."""
