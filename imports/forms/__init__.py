"""What a person fills in to import a file."""
