"""Names of CityGML classes and namespaces (OGC 08-007r1, 12-019, 20-010)."""

from __future__ import annotations

GML = {
    "1.0": "http://www.opengis.net/gml",
    "2.0": "http://www.opengis.net/gml",
    "3.0": "http://www.opengis.net/gml/3.2",
}
CORE = "http://www.opengis.net/citygml/{}"
MODULES = {
    "bldg": "building",
    "brid": "bridge",
    "tun": "tunnel",
    "tran": "transportation",
    "wtr": "waterbody",
    "veg": "vegetation",
    "luse": "landuse",
    "dem": "relief",
    "frn": "cityfurniture",
    "gen": "generics",
    "grp": "cityobjectgroup",
    "app": "appearance",
    "con": "construction",
}
OBJECT_ID = "tim_object_id"  # generic attribute: an identity that is no XML name
# elements whose type in CityJSON has another name
TYPES = {
    "IntBuildingInstallation": "BuildingInstallation",
    "Room": "BuildingRoom",
    "IntBridgeInstallation": "BridgeInstallation",
    "BridgeConstructionElement": "BridgeConstructiveElement",
    "IntTunnelInstallation": "TunnelInstallation",
    "HollowSpace": "TunnelHollowSpace",
    "Square": "TransportSquare",
    "Track": "Road",
    "TransportationComplex": "Road",
}
SURFACE_ROLES = frozenset(
    [
        "RoofSurface", "GroundSurface", "WallSurface", "ClosureSurface", "OuterCeilingSurface",
        "OuterFloorSurface", "Window", "Door", "InteriorWallSurface", "CeilingSurface", "FloorSurface",
        "WaterSurface", "WaterGroundSurface", "WaterClosureSurface", "TrafficArea", "AuxiliaryTrafficArea",
        "DoorSurface", "WindowSurface",
    ]
)  # fmt: skip
ROLE_NAMES = {"DoorSurface": "Door", "WindowSurface": "Window"}
CHILDREN = frozenset(
    [
        "BuildingPart", "BuildingInstallation", "IntBuildingInstallation", "Room", "BuildingFurniture",
        "BuildingRoom", "BuildingStorey", "BuildingUnit", "BuildingConstructiveElement", "BridgePart",
        "BridgeInstallation", "IntBridgeInstallation", "BridgeRoom", "BridgeFurniture",
        "BridgeConstructionElement", "BridgeConstructiveElement", "TunnelPart", "TunnelInstallation",
        "IntTunnelInstallation", "HollowSpace", "TunnelFurniture", "TunnelConstructiveElement",
    ]
)  # fmt: skip
INTEGERS = frozenset(
    [
        "storeysAboveGround", "storeysBelowGround", "yearOfConstruction", "yearOfDemolition",
    ]
)  # fmt: skip
NUMBERS = frozenset(
    [
        "measuredHeight", "storeyHeightsAboveGround", "storeyHeightsBelowGround", "height", "trunkDiameter",
        "crownDiameter", "averageHeight",
    ]
)  # fmt: skip
SKIPPED = frozenset(
    [
        "boundedBy", "appearance", "metaDataProperty", "interiorRoomReference",
    ]
)  # fmt: skip
