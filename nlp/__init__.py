"""Sound and text to meaning: the encoder, objections, needs, facts, and how well they do."""
