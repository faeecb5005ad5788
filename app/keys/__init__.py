"""Keys: who may do what in which workspace; knows no HTTP."""
