"""What a model and a Space say of themselves on the Hub."""
