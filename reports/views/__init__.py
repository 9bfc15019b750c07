"""The pages of managers, owners and auditors."""
