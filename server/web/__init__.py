"""What every request passes: the gateway, origins, the visitor, what was sent, errors, answers."""
