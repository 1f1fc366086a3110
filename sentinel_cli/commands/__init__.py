"""What the operator types: parse, one call, render."""
