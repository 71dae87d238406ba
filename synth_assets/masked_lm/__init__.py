"""Mask plans and training sets for a masked LM: units, spans, collocations, masks of each epoch, files."""
