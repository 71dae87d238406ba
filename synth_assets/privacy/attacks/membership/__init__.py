"""Membership inference: did this document take part?"""
