"""`python -m dlvideo_train COMMAND`."""

import sys

from .commands import main

sys.exit(main())
