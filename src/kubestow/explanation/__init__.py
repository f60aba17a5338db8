"""Why a pod is Pending, and the smallest change that lets it run, with its price.

Law: pure. A change is believed only when the changed snapshot has been planned and judged.
"""
