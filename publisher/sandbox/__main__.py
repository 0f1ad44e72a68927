"""`python -m publisher.sandbox`."""

import sys

from publisher.sandbox import main

sys.exit(main())
