"""`python -m web`: the command line, for the processes that a hall starts itself."""

from web.cli import main

if __name__ == "__main__":
    main(prog_name="hall")
