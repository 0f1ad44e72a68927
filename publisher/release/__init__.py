"""Releasing: claim, judge, intend, send once, settle, recover. See docs/lifecycle.md."""
