"""How each family of models is trained: loss, optimizer, what is watched."""
