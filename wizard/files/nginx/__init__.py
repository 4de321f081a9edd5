"""The nginx site of a Galaxy server."""
