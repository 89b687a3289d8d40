"""Between the network and the page: what comes in, how much of it, and what goes out with the answers."""
