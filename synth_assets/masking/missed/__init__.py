"""How many identifiers the masker missed: an estimate with intervals."""
