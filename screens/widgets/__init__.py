"""The parts that screens are made of: one widget in each module."""
