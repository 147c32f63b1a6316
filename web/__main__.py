"""`python -m web`: the command line, for the processes that a hall starts itself."""

from web.cli import main

main(prog_name="hall")
