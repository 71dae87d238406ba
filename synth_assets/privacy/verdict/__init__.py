"""From statistics to gates to one verdict."""
