"""Tables of planning indicators in workbooks as rules in Chinese."""
