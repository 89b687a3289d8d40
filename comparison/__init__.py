"""Two rankings of one corpus and what lies between them: systems, moves, filters, requests, the map."""
