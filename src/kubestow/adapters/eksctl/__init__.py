"""eksctl's ClusterConfig: one reader, and what the checks and the plans make of it."""
