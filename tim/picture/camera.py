"""Where the picture is taken from, and its light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SUN_AZIMUTH, SUN_HEIGHT = 222.0, 37.0  # degrees: an early afternoon
SUN_COLOUR, SKY_LIGHT = np.array([1.0, 0.965, 0.90]), np.array([0.86, 0.93, 1.0])
ZENITH, HORIZON = np.array([0.42, 0.62, 0.86]), np.array([0.93, 0.96, 0.985])


@dataclass(frozen=True)
class Camera:
    """A pinhole camera: position, unit axes (right, down, forward), focal length and size in pixels."""

    position: np.ndarray
    axes: np.ndarray
    focal: float
    width: int
    height: int

    @classmethod
    def over(cls, vertices: np.ndarray, width: int, height: int, azimuth: float = 203.0, pitch: float = 31.0) -> Camera:
        """A camera that stands in the direction `azimuth` (degrees), looks down by `pitch`, holds all `vertices`."""
        a, p = np.radians(azimuth), np.radians(pitch)
        forward = -np.array([np.sin(a) * np.cos(p), np.cos(a) * np.cos(p), np.sin(p)])
        right = np.cross(forward, [0.0, 0.0, 1.0])
        right /= np.linalg.norm(right)
        axes = np.stack((right, np.cross(forward, right), forward))
        focal = 1.55 * width
        local = vertices @ axes.T
        half = np.array([0.485 * width, 0.46 * height]) / focal  # tangents of the half field of view, with a margin
        middle = (local.min(axis=0) + local.max(axis=0)) / 2.0
        for _ in range(20):  # the perspective shifts the middle of the picture, so the place is found in turns
            reach = np.abs(local[:, :2] - middle[:2]) / half
            distance = float((reach.max(axis=1) - local[:, 2]).max())
            depth = local[:, 2] + distance
            for axis in (0, 1):
                seen = (local[:, axis] - middle[axis]) / depth
                middle[axis] += (seen.max() + seen.min()) / 2.0 * np.median(depth)
        position = middle[0] * axes[0] + middle[1] * axes[1] - distance * axes[2]
        return cls(position, axes, focal, width, height)

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (n, 2) and depth (n,) of points (n, 3)."""
        local = (points - self.position) @ self.axes.T
        depth = np.maximum(local[:, 2], 1e-6)
        return local[:, :2] / depth[:, None] * self.focal + np.array([self.width, self.height]) / 2.0, depth

    def rays(self, rows: slice, supersampling: int) -> np.ndarray:
        """Unit directions (rows × s, width × s, 3) through `supersampling`² places of every pixel of the rows."""
        s = supersampling
        u = (np.arange(self.width * s) + 0.5) / s - self.width / 2.0
        v = (np.arange(rows.start * s, rows.stop * s) + 0.5) / s - self.height / 2.0
        u, v = np.meshgrid(u, v)
        rays = np.stack((u, v, np.full_like(u, self.focal)), axis=-1) @ self.axes
        return rays / np.linalg.norm(rays, axis=-1, keepdims=True)


def sun() -> np.ndarray:
    """Unit vector towards the sun."""
    a, h = np.radians(SUN_AZIMUTH), np.radians(SUN_HEIGHT)
    return np.array([np.sin(a) * np.cos(h), np.cos(a) * np.cos(h), np.sin(h)])


def sky(share: np.ndarray) -> np.ndarray:
    """Colour of the background, `share` 0 at the top of the picture to 1 at its foot."""
    t = np.clip(share, 0.0, 1.0)[..., None] ** 0.7
    return ZENITH * (1.0 - t) + HORIZON * t


def shade(colour: np.ndarray, normal: np.ndarray, lit: np.ndarray, open_sky: np.ndarray) -> np.ndarray:
    """Colour in the light of sun and sky: `lit` 0..1 sunlight that arrives, `open_sky` 0..1 sky in view."""
    direct = np.clip(normal @ sun(), 0.0, 1.0) * lit
    ambient = open_sky * (0.8 + 0.2 * np.clip(normal[..., 2], 0.0, 1.0))
    return colour * (0.92 * direct[..., None] * SUN_COLOUR + 0.50 * ambient[..., None] * SKY_LIGHT)
