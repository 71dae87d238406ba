"""An embedded corpus of invented people: seeded support tickets, case notes and letters with gold spans.

All of it is generated from `people` and `grammar.yaml`; nothing quotes a real document.
"""
