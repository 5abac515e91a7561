"""The knowledge graph over a model: relations by code and by shape, what is known of a thing, SPARQL, RDF."""
