"""The privacy report: attacks on every stage with controls, judged statistics, one verdict, one page.

Belongs here: what leaks, how that is measured, and what is said about it. How personal data is masked
does not, and nothing here is shared with the masker but the entity recognizer.
"""
