"""From a machine with nothing but Debian packages to a Galaxy that runs jobs, and what `check` says when it breaks."""
