"""Tab-separated tables with a part between two comment lines that galaxy-setup keeps."""
