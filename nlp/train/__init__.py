"""How the shipped model is made, step by step and from a seed: pristine, tune, export, heads."""
