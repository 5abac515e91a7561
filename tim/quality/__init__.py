"""质检: databases against field tables, rules and topology."""
