"""What the sweep over killed and failing system calls is made of."""
