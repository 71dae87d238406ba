"""Raw text in: read, normalize, filter, deduplicate, split by subject, plant canaries.

What identifies people in the text is left as it is: hiding it belongs to masking.
"""
