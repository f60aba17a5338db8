"""Pods onto nodes at the least price: the packing problem and the search for a cheap fleet."""
