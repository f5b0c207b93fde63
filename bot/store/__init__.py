"""Everything durable. Rows never leave this package: functions take a transaction and return domain objects."""
