"""Scripts in Chinese, run and tested on the command line."""
