"""Rules of advice: each is seen to speak on a bad server, and to be silent on a good one."""
