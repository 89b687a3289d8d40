"""Chat-completions servers: the client, the journal of answers, many questions at once."""
