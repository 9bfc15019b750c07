"""The addresses by which an owner's scripts bring files and take imports back."""
