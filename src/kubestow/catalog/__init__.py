"""AWS facts turned into what a node offers: density, overhead, labels. Pure functions."""
