"""What the product talks about, as frozen dataclasses: no database, no network, no clock."""
