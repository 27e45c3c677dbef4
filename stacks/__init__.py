"""The Pulumi programs. Nothing imports them."""
