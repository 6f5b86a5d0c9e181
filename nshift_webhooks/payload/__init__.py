"""What is told about a record: the one place in which payloads are built."""
