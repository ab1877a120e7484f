"""Who: people, their API tokens and what they may do. Knows nothing of servers."""
