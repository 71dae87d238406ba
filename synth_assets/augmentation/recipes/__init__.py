"""Recipes: each makes candidate texts, which filters keep or reject."""
