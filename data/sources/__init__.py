"""Where listings come from, and which column holds which field."""
