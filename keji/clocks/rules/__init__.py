"""What may be done with limits, their clocks and the calendar of holidays."""
