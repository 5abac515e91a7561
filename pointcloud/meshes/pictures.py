"""Pictures on meshes: what a file of bytes holds, and in which form browsers and glTF take it."""

from __future__ import annotations

import numpy as np

from pointcloud.meshes.mesh import Image

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"RIFF", "image/webp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"BM", "image/bmp"),
)
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png"}


def image_of(data: bytes, name: str = "") -> Image | None:
    """An image whose kind its first bytes tell; None for empty data."""
    if not data:
        return None
    kind = next((mime for signature, mime in _SIGNATURES if data.startswith(signature)), "")
    return Image(data, kind, name)


def as_web_image(image: Image) -> Image | None:
    """The image as JPEG or PNG; other formats that OpenCV reads become PNG, unreadable ones None."""
    if image.mime in SUFFIXES:
        return image
    pixels = pixels_of(image)
    return None if pixels is None else png_of(pixels, image.name)


def pixels_of(image: Image) -> np.ndarray | None:
    """Pixels (height, width, 3 or 4) uint8 as RGB or RGBA, the first row at the top; None when unreadable."""
    import cv2

    try:
        pixels = cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if pixels is None or pixels.dtype not in (np.uint8, np.uint16):
        return None
    if pixels.dtype == np.uint16:
        pixels = (pixels // 256).astype(np.uint8)
    if pixels.ndim == 2:
        return np.repeat(pixels[:, :, None], 3, axis=2)
    return pixels[:, :, ::-1] if pixels.shape[2] == 3 else pixels[:, :, [2, 1, 0, 3]]


def png_of(pixels: np.ndarray, name: str = "") -> Image | None:
    """An image of pixels (height, width, 1 to 4) uint8, the first row at the top."""
    import cv2

    order = {1: [0], 2: [0, 0, 0, 1], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[pixels.shape[2]]
    done, data = cv2.imencode(".png", np.ascontiguousarray(pixels[:, :, order]))
    return Image(data.tobytes(), "image/png", name) if done else None


def jpeg_of(pixels: np.ndarray, name: str = "", quality: int = 90) -> Image | None:
    """A JPEG of pixels (height, width, 3) uint8 RGB, the first row at the top."""
    import cv2

    done, data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return Image(data.tobytes(), "image/jpeg", name) if done else None
