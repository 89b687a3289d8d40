"""Results -> HTML: no models, no disk, no network."""
