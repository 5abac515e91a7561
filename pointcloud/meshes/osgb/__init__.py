"""OSGB: the binary files of OpenSceneGraph, in which oblique photogrammetry delivers its meshes."""

from pointcloud.meshes.osgb.scene import OsgbFile, read_osgb

__all__ = ["OsgbFile", "read_osgb"]
