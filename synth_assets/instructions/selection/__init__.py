"""What keeps an example out: each module is one filter that returns what it kept and what it dropped, because."""
