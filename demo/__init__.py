"""Good Bank beside a stand-in for the Luno exchange."""
