"""What a clerk types, read into amounts, counts, lines and payments."""
