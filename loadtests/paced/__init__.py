"""Stand-ins for the services, paced by sleeping: how long they take is set, not computed, so that
what is measured is the program in front of them."""
