"""The wizard's screens: a Textual application that stands on `wizard.session` and knows no file format."""
