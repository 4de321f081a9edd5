"""The Apache site of a Galaxy server."""
