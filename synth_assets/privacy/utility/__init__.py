"""How useful the text of each stage still is: the other side of the trade that the privacy report shows.

Belongs here: what a stage's text is good for, asked of real holdout text. What leaks does not.
"""
