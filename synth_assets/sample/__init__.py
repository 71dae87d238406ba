"""An embedded corpus of invented people: seeded support tickets, case notes and letters with gold spans.

Everything in it is made up by `people` and `grammar.yaml`; nothing quotes a real document.
"""
