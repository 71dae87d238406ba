"""From what the attacks counted to judged statistics and one verdict."""
