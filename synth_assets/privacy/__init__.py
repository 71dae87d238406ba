"""The privacy report: attack every stage, compare with people who took no part, decide, and show it on one page.

The report shares nothing with the masker but the entity recognizer, so that both do not overlook the same things.
"""
