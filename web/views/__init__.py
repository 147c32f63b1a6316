"""What each page shows, an area a module: the contract between handlers and templates."""
