"""What the Pulumi programs compose: settings, plans, components, hosts and the retrieval library."""
