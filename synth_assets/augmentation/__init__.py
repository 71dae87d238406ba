"""The augmented_corpus stage: back-translation, paraphrase, generation, filters, artefact measurement, audits."""
