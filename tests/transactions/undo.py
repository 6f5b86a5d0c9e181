class Undo(Exception):
    """Rolls back the transaction or savepoint that it is raised in."""
