"""The site of a Galaxy server, whichever server it is written for: what answers ask for, what a text holds, and how
one becomes the other. The folders of nginx and Apache hold their spelling of it."""
