"""The product: what a conversation means for the rep, and nothing about models, HTTP or WeCom."""
