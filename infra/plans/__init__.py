"""Pure functions from settings to plans: no Pulumi, no network, no clock."""
