"""The masked_corpus stage: detect identifiers, link mentions, surrogates, mask plans, refilled words."""
