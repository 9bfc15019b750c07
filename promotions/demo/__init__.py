"""A believable past for trying the product: four shops and members who behave like people."""
