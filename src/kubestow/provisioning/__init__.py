"""Which nodes to add, cheapest: classes x offerings, a price-directed greedy, a proven bound."""
