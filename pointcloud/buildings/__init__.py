"""Buildings as blocks: footprints given or found, heights measured."""
