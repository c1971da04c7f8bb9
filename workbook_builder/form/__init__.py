"""What a template declares and which rules hold: pure data, but for the reader of templates."""
