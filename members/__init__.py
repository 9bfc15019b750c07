"""Who: stores and their staff, members and all that names them, standing, consent."""
