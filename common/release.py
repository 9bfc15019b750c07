"""Which release of the product this is; files made by it carry the number."""

VERSION = "0.1.0"
