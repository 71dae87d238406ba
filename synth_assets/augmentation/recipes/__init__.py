"""Recipes: how a candidate text is made."""
