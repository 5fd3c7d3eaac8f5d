"""The staff who leave a report by the link in its mail: without a login, at once."""
