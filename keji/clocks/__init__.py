"""Every time limit: a row says what must follow upon what within how long, and a clock runs for each case."""
