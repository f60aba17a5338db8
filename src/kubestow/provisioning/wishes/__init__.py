"""What a user asks of a fleet beside its price, made part of the snapshot or asked of the plan."""
