"""The public record of boxes and awards, verified offline from one folder."""
