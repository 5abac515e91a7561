"""3D Tiles 1.0 and 1.1 (OGC 22-025r4): tilesets read and written."""

from pointcloud.meshes.tiles3d.reader import open_tileset

__all__ = ["open_tileset"]
