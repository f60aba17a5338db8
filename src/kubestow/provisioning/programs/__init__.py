"""Arrays, linear programs and knapsacks: numbers only, no pods and no nodes."""
