"""The promises of the answers: questions explain themselves, suggestions fit, presets are valid."""
