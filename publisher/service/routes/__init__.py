"""The operations of the API, one file a noun. A route asks the desk and decides nothing."""
