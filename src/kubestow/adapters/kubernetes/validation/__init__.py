"""What the API server's validation refuses, beyond names and types of fields."""
