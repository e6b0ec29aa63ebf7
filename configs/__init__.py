"""What a province edits: settings, document types, field rules. Data, read by path; no code."""
