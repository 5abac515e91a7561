"""Meshes of real-scene 3D: OSGB, 3D Tiles, glTF, OBJ and PLY, read and written."""
