"""Sources of points: LAS, LAZ, COPC, EPT, alone or in folders."""

from pointcloud.sources.crs import common_crs, parse_crs
from pointcloud.sources.folder import open_sources
from pointcloud.sources.source import Points, PointSource
from pointcloud.sources.units import unit_factors, with_metric_heights

__all__ = [
    "PointSource",
    "Points",
    "common_crs",
    "open_sources",
    "parse_crs",
    "unit_factors",
    "with_metric_heights",
]
