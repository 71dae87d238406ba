"""Finding identifiers in documents and linking mentions of one entity."""
