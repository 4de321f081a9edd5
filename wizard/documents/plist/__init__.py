"""Property lists in XML, as launchd reads them."""
