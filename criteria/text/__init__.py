"""JSON, YAML and TOML as text: strict decoding, the position of each part, and formatting. Text inside Markdown."""
