"""The tender editor: what a person types becomes a draft, section by section."""
