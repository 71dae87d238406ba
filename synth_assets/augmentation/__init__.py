"""The augmented_corpus stage: recipes, filters, artifact measurement and audits."""
