"""The commands of `hall`, one a module: parsing and printing, no more."""
