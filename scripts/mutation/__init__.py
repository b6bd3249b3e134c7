"""Mutation run: changes the code in small ways and looks whether a test notices. No part of `make check`.

`python -m scripts.mutation PATH...` works in a copy of the tree, below `build/mutation`, with a PostgreSQL of its own. What was
tried is kept there, so a run that was stopped goes on where it was; a file that was changed since is begun anew.
"""
