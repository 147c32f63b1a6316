"""PostgreSQL, migrations, transactions."""
