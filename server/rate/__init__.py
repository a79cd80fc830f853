"""The rate of bitcoin in rand: one for the whole installation."""
