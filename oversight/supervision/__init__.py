"""Supervision 电子监察: alarms, who has taken them, what was asked, answered and found."""
