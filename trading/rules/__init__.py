"""The rules of trading: numbers as data with their articles, decisions over them as pure code."""
