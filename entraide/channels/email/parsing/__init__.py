"""What a mail says, understood without any other knowledge: plain functions over plain data."""
