"""All recipes: every module of this package that declares one adds it."""

from resources.discovery import discover_records
from synth_assets.augmentation.recipes.recipe import DocumentRecipe, Recipe, SentenceRecipe

RECIPES = tuple(sorted(discover_records("synth_assets.augmentation.recipes", Recipe), key=lambda r: (r.order, r.name)))
SENTENCE_RECIPES = tuple(recipe for recipe in RECIPES if isinstance(recipe, SentenceRecipe))
DOCUMENT_RECIPES = tuple(recipe for recipe in RECIPES if isinstance(recipe, DocumentRecipe))
ROLES = tuple(dict.fromkeys(role for recipe in RECIPES for role in recipe.roles))
"""Model roles that any recipe uses."""
