"""How long words are kept, what is kept of a person, and the erasing of it. Figures stay."""
