"""An editor's own JSON language service, run by Node.js."""
