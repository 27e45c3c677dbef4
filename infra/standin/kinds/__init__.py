"""The resource types that the program makes, by service: tables to be reviewed."""
