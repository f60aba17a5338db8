"""The terminal view: a cluster in a terminal, with keys; read only. It alone imports Textual."""
