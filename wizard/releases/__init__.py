"""Galaxy releases: what each one takes for granted (`release`) and which options it knows (`catalog`)."""

from wizard.releases.release import KNOWN, NEWEST, Era, Facts, Release, era, facts

__all__ = ["KNOWN", "NEWEST", "Era", "Facts", "Release", "era", "facts"]
