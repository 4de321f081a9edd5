"""The wizard as its users meet it: keys in, screen text and files out."""
