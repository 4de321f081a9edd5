"""What an expert would say about the answers and the files that they lead to: rules, each of them small and pure."""
