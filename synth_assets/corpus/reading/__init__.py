"""From files to documents: find files, read their records, pick the columns."""
