"""What a host runs, as frozen data, and its rendering to cloud-init. Knows no Pulumi."""
