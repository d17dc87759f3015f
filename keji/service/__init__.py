"""What customers ask for after and beside the sale: tickets, return visits, satisfaction."""
