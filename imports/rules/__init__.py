"""What a spreadsheet means, decided without a database: reading, headers, cells and judging."""
