"""Why a pod is Pending, and the smallest change that lets it run, with its price.

A change is reported only after the changed snapshot has been planned and judged.
"""
