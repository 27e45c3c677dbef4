"""What the Pulumi programs compose: settings, plans, components, retrieval library."""
