"""The rim: files on disk, read and replaced so that no crash, no error and nobody else on the machine can hurt one."""
