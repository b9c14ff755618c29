"""The folder of a run: what is written, when, by whom, and how it is read again."""
