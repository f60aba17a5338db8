"""The real kube-scheduler as the judge: its decisions on random clusters against kubestow's.

Law: modules import each other relatively, so that the folder works under pytest and as
``python -m tests.differential`` alike; nothing here is used by the program itself.
"""
