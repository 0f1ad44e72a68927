"""`python -m publisher` and the console script `publisher`."""

from publisher.cli.edge import main

if __name__ == "__main__":
    main()
