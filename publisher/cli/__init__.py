"""The commands, one file a noun. Heavy imports happen inside commands, so that --help is quick."""
