"""企业微信: its callbacks in, our calls out."""
