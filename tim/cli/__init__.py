"""The command line `tim`, derived from the declarations."""
