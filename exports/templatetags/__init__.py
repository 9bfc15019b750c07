"""Words for the pages of exports."""
