"""What conditions cost on real engines, and which indexes serve them, beside SQL written by hand."""
