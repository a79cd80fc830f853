"""The API's calls: balances, imports, keys, and their description."""
