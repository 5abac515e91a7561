"""Reports: one document of headings, paragraphs, tables and figures, and a writer for each format."""
