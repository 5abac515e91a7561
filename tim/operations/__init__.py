"""The catalogue of capabilities. Only declarations are here: importing this package stays cheap."""

from __future__ import annotations

from tim.declare import Operation
from tim.operations.area import AREA_ADJUST, AREA_ELLIPSOID
from tim.operations.boundary import BOUNDARY
from tim.operations.classes import CLASSES
from tim.operations.codes import CODES
from tim.operations.exchange import EXPORT, IMPORT
from tim.operations.graph import GRAPH
from tim.operations.indicators import INDICATORS, WARNINGS_LIST, WARNINGS_WATCH
from tim.operations.landuse import LANDUSE_CONVERT, LANDUSE_MATRIX
from tim.operations.mesh import MESHES
from tim.operations.model import BUILD, INFO, REPORT_MODEL, VALIDATE
from tim.operations.network import SERVICE_AREA
from tim.operations.overlay import OVERLAY
from tim.operations.picture import PICTURE_MAP, PICTURE_SCENE, PICTURE_VIEWER
from tim.operations.plan import PLAN_CONFORMITY
from tim.operations.points import POINTS_CONVERT, POINTS_DSM, POINTS_DTM, POINTS_GROUND, POINTS_INFO
from tim.operations.quality import QUALITY
from tim.operations.review import CHECK
from tim.operations.store import STORE
from tim.operations.vct import VCT_READ

OPERATIONS: tuple[Operation, ...] = (
    BUILD,
    IMPORT,
    INFO,
    VALIDATE,
    EXPORT,
    REPORT_MODEL,
    CHECK,
    POINTS_INFO,
    POINTS_GROUND,
    POINTS_DTM,
    POINTS_DSM,
    POINTS_CONVERT,
    *MESHES,
    *CLASSES,
    AREA_ELLIPSOID,
    AREA_ADJUST,
    OVERLAY,
    PLAN_CONFORMITY,
    SERVICE_AREA,
    INDICATORS,
    WARNINGS_LIST,
    WARNINGS_WATCH,
    LANDUSE_CONVERT,
    LANDUSE_MATRIX,
    PICTURE_MAP,
    PICTURE_SCENE,
    PICTURE_VIEWER,
    *STORE,
    *GRAPH,
    *CODES,
    *BOUNDARY,
    *QUALITY,
    VCT_READ,
)


def find(identifier: str) -> Operation | None:
    """The operation with this identifier or command name, or None."""
    for operation in OPERATIONS:
        if identifier in (operation.identifier, operation.name):
            return operation
    return None
