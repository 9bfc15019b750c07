"""The pages of imports, one module a part of the way from a file to its proof."""
