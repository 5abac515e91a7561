"""What editors ask of a program: format, complete, explain, find, rename."""
