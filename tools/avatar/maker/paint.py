"""The two textures, painted as arrays and written as PNG: "skin" (in the face's own map) and "atlas" (all else).

Atlas, 512 × 512: top left the eye (256 × 256), top right hair (256 × 256, v from root to tip), below flat swatches.
"""

import struct
import zlib

import numpy as np

from .part import smoothstep

SIZE = 512
SWATCHES = (
    "lash brow mouth mouth_deep lip_inner teeth tongue light blazer lapel shirt scarf scarf_accent badge badge_ink "
    "button collar skirt stocking shoe blazer_dark hair hair_light collar_shade pin skin_plain pocket glasses"
).split()
SIDE = 32
TEETH_AT = (0.0, 0.27, 0.49, 0.68, 0.84)  # where one tooth ends and the next begins, from the middle
DEEP = np.array([0.50, 0.50, 0.60])  # what a colour of cloth is multiplied with in the deepest shade
SHADED = set(
    "blazer lapel shirt scarf scarf_accent skirt stocking shoe blazer_dark collar badge button pocket pin".split()
)


def rgb(text):
    text = text.lstrip("#")
    return np.array([int(text[i : i + 2], 16) for i in (0, 2, 4)], dtype=float)


def linear(text):
    """A hex colour as linear factors, as glTF wants them."""
    c = rgb(text) / 255
    return [round(float(v), 5) for v in np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)]


def swatch(name, light=1.0):
    """Texture coordinates in a colour's cell. `light` 1 is the colour itself at the cell's top, 0 its shade at the bottom."""
    i = SWATCHES.index(name)
    light = np.clip(np.asarray(light, dtype=float), 0, 1)
    v = 0.5 + (i // 16 + 0.12 + 0.76 * (1 - light)) * SIDE / SIZE
    return np.stack([np.full(light.shape, (i % 16 + 0.5) * SIDE / SIZE), v], axis=-1)


def teeth_uv(across, light):
    """In the cell of the teeth: `across` the row of teeth from its middle 0 to its ends 1, `light` 1 at the edge, 0 at the gum."""
    uv = swatch("teeth", light)
    i = SWATCHES.index("teeth")
    uv[..., 0] = (i % 16 + 0.06 + 0.88 * np.abs(across)) * SIDE / SIZE
    return uv


def paint_teeth(colours):
    """Half a row of teeth from the middle outwards: a soft line between two, ends and gums in shade."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    across, up = ((x + 0.5) / SIDE - 0.06) / 0.88, ((y + 0.5) / SIDE - 0.12) / 0.76
    white, line = rgb(colours["teeth"]), rgb(colours["teeth_line"])
    img = np.ones((SIDE, SIDE, 3)) * white
    for at in TEETH_AT:
        img = mix(img, line, 0.62 * np.exp(-(((across - at) / 0.030) ** 2)))
    img = mix(img, line, 0.55 * smoothstep(0.55, 1.05, across))
    return mix(img, line, 0.50 * smoothstep(0.35, 1.0, up))


def eye_uv(flat):
    """(N, 2) in [-1, 1] over the eyeball's front to the eye's corner of the atlas."""
    return np.column_stack([0.25 + 0.244 * flat[:, 0], 0.25 - 0.244 * flat[:, 1]])


def hair_uv(across, along):
    """Hair: `across` a lock in [0, 1], `along` from root 0 to tip 1."""
    return np.column_stack([0.51 + 0.48 * across, 0.01 + 0.48 * along])


def mix(a, b, t):
    return a + (b - a) * t[..., None]


def paint_eye(colours, eye):
    n = 256
    y, x = np.mgrid[0:n, 0:n]
    limit = np.radians(78)
    fx, fy = ((x + 0.5) / n - 0.5) * 2 / 0.976 * limit, (0.5 - (y + 0.5) / n) * 2 / 0.976 * limit
    angle = np.hypot(fx, fy * 0.90)
    iris, pupil = eye["iris"] / eye["radius"], eye["pupil"] / eye["radius"]
    white = rgb(colours["white"])
    img = np.ones((n, n, 3)) * white
    # The upper lid's shade on the eye.
    img = mix(img, white * [0.80, 0.80, 0.88], smoothstep(0.30, 0.62, fy))
    base, dark = rgb(colours["iris"]), rgb(colours["iris_dark"])
    body = mix(np.ones((n, n, 3)) * dark, np.ones((n, n, 3)) * base, smoothstep(iris * 0.75, -iris * 0.7, fy))
    bright = base + (255 - base) * 0.45
    glow = np.exp(-((fx / (iris * 0.62)) ** 2) - ((fy + iris * 0.55) / (iris * 0.36)) ** 2)
    body = mix(body, bright, glow * 0.9)
    rays = 0.5 + 0.5 * np.cos(np.arctan2(fy, fx) * 26)
    body = mix(body, base * 0.75, rays * 0.22 * smoothstep(pupil, iris, angle))
    ring = smoothstep(iris * 0.80, iris * 0.96, angle)
    body = mix(body, dark * 0.62, ring)
    img = mix(img, body, smoothstep(iris + 0.025, iris - 0.01, angle))
    img = mix(img, dark * 0.28, smoothstep(pupil + 0.02, pupil - 0.02, angle))
    return img


def paint_hair(colours):
    n = 256
    y, x = np.mgrid[0:n, 0:n] / (n - 1.0)
    base, light, shade = rgb(colours["hair"]), rgb(colours["hair_light"]), rgb(colours["hair_shade"])
    img = np.ones((n, n, 3)) * base
    img = mix(img, shade, 0.55 * smoothstep(0.16, 0.0, y))
    img = mix(img, light, 0.35 * smoothstep(0.55, 1.0, y))
    # A band of light across each lock, with a ragged lower edge.
    edge = 0.030 * np.sin(x * 31) + 0.018 * np.sin(x * 73 + 1)
    band = smoothstep(0.235, 0.265, y + edge * 0.5) * smoothstep(0.375, 0.345, y + edge * 1.6)
    img = mix(img, light, 0.85 * band * smoothstep(0.0, 0.25, x) * smoothstep(1.0, 0.75, x))
    line = np.exp(-(((x - 0.33) / 0.018) ** 2)) + np.exp(-(((x - 0.68) / 0.018) ** 2))
    img = mix(img, shade, 0.35 * line * smoothstep(0.35, 0.7, y))
    edge = smoothstep(0.12, 0.0, x) + smoothstep(0.88, 1.0, x)
    return mix(img, shade, 0.45 * edge)


def paint_atlas(params):
    colours = params["colours"]
    img = np.full((SIZE, SIZE, 3), 128.0)
    img[:256, :256] = paint_eye(colours, params["head"]["eye"])
    img[:256, 256:] = paint_hair(colours)
    for i, name in enumerate(SWATCHES):
        y, x = SIZE // 2 + i // 16 * SIDE, i % 16 * SIDE
        flat = rgb(colours[name])
        # Down the cell lies the colour in the soft shade of folds and of what hangs above.
        deep = smoothstep(0.12, 0.88, (np.arange(SIDE) + 0.5) / SIDE)[:, None] * np.ones(SIDE)
        tint = DEEP if name in SHADED else np.ones(3)
        img[y : y + SIDE, x : x + SIDE] = mix(np.ones((SIDE, SIDE, 3)) * flat, flat * tint, deep)
        if name == "teeth":
            img[y : y + SIDE, x : x + SIDE] = paint_teeth(colours)
    return img


def paint_skin(head, face_module, params):
    """Skin with blush, lips, and soft shade under brows, nose and chin, at each texel's place on the head."""
    from . import head as head_map

    colours, small = params["colours"], 256
    y, x = np.mgrid[0:small, 0:small]
    uv = np.column_stack([(x.ravel() + 0.5) / small, (y.ravel() + 0.5) / small])
    p = head.along(head_map.disc_directions(head_map.uv_to_disc(uv)), steps=130) - head.centre
    p = upscale(p.reshape(small, small, 3), SIZE)
    px, py, pz = np.abs(p[..., 0]), p[..., 1], p[..., 2]
    skin, shade, blush = rgb(colours["skin"]), rgb(colours["skin_shade"]), rgb(colours["blush"])
    img = np.ones((SIZE, SIZE, 3)) * skin
    cheek = np.exp(-(((px - 0.049) / 0.019) ** 2) - ((py + 0.046) / 0.0125) ** 2)
    img = mix(img, blush, 0.52 * cheek)
    img = mix(img, blush, 0.30 * np.exp(-((px / 0.010) ** 2) - ((py + 0.040) / 0.010) ** 2) * (pz > 0))
    # Shade of the fringe on the forehead and of the chin on the neck.
    img = mix(img, shade, 0.42 * smoothstep(0.042, 0.064, py) * (pz > 0.0))
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    whole = np.column_stack([(x.ravel() + 0.5) / SIZE, (y.ravel() + 0.5) / SIZE])
    down = -head_map.disc_directions(head_map.uv_to_disc(whole))[:, 1].reshape(SIZE, SIZE)
    img = mix(img, shade, 0.62 * smoothstep(0.865, 0.955, down))
    # A line above each eye where the lid folds, strongest outside.
    eye = params["head"]["eye"]
    t = (px - eye["x"]) / eye["half_width"]
    up, low = face_module.lid_curves(eye, np.clip(t, -1, 1))
    fold = eye["y"] + up + 0.0050
    img = mix(
        img,
        shade * 0.86,
        0.75
        * np.exp(-(((py - fold) / 0.0010) ** 2))
        * smoothstep(-0.85, 0.2, t)
        * smoothstep(1.12, 0.85, t)
        * (pz > 0.02),
    )
    # Shadow on the lids themselves.
    lid = smoothstep(fold + 0.001, fold - 0.002, py) * smoothstep(-1.0, -0.6, t) * smoothstep(1.15, 0.8, t)
    img = mix(img, blush * 0.5 + shade * 0.5, 0.26 * lid * (py > eye["y"]) * (pz > 0.02))
    # The bridge of the nose: a light along it, and shade where it falls off to the cheeks.
    top, tip_y = params["head"]["shape"]["nose"][1], params["head"]["shape"]["nose"][4]
    along = smoothstep(tip_y - 0.001, tip_y + 0.008, py) * smoothstep(top + 0.016, top + 0.002, py) * (pz > 0.05)
    img = mix(img, shade, 0.26 * along * np.exp(-(((px - 0.0098) / 0.0036) ** 2)))
    img = mix(img, skin + (255 - skin) * 0.45, 0.36 * along * np.exp(-((px / 0.0030) ** 2)))
    # The nose's underside and the light on its tip.
    n = params["head"]["shape"]["nostril"]
    under = np.exp(-((px / 0.0125) ** 2) - ((py - n[1] + 0.0065) / 0.0034) ** 2) * (pz > 0.06)
    img = mix(img, shade, 0.55 * under)
    tip = np.exp(-((p[..., 0] / 0.0034) ** 2) - ((py - n[1] - 0.0062) / 0.0040) ** 2) * (pz > 0.06)
    img = mix(img, skin + (255 - skin) * 0.55, 0.75 * tip)
    # Nostrils, only a hint.
    n = params["head"]["shape"]["nostril"]
    img = mix(
        img,
        shade * 0.72,
        0.85 * np.exp(-(((px - 0.0062) / 0.0026) ** 2) - ((py - n[1] + 0.0030) / 0.0016) ** 2) * (pz > 0.06),
    )
    img = paint_lips(img, p, params)
    flat = SIZE // 12
    img[:flat, :flat] = rgb(colours["lid_inner"])
    deep = 0.75 * smoothstep(0.1, 0.8, np.arange(flat) / flat)[:, None] * np.ones(flat)
    img[:flat, -flat:] = mix(np.ones((flat, flat, 3)) * skin, shade, deep)
    return img


def paint_lips(img, p, params):
    m, colours = params["head"]["mouth"], params["colours"]
    t = p[..., 0] / m["half_width"]
    line = m["y"] + m["smile"] * (np.abs(t) ** 2.2 - 0.25)
    window = np.sqrt(np.maximum(1 - (t / 0.98) ** 2, 0))
    cupid = 1 - 0.32 * np.exp(-((t / 0.16) ** 2)) + 0.1 * np.exp(-(((np.abs(t) - 0.3) / 0.2) ** 2))
    top = line + m["upper_lip"] * window * cupid
    bottom = line - m["lower_lip"] * window**1.3
    soft = 0.0010
    y = p[..., 1]
    inside = smoothstep(top + soft, top - soft, y) * smoothstep(bottom - soft, bottom + soft, y)
    inside = inside * (np.abs(t) < 1) * (p[..., 2] > 0.04)
    lips = rgb(colours["lips"])
    img = mix(img, lips, 0.85 * inside)
    # The line where they meet.
    meet = np.exp(-(((y - line) / 0.00085) ** 2)) * smoothstep(1.04, 0.92, np.abs(t)) * (p[..., 2] > 0.04)
    img = mix(img, rgb(colours["lip_inner"]) * 0.72, 0.80 * meet)
    shine = np.exp(-((t / 0.45) ** 2) - ((y - line + m["lower_lip"] * 0.55) / 0.0011) ** 2) * (
        p[..., 2] > 0.04
    )
    img = mix(img, lips + (255 - lips) * 0.55, 0.6 * shine)
    under = np.exp(-((t / 0.5) ** 2) - ((y - bottom + 0.0028) / 0.0014) ** 2) * (p[..., 2] > 0.04)
    return mix(img, rgb(colours["skin_shade"]), 0.40 * under)


def upscale(a, size):
    """Bilinear enlargement of (n, n, c) to (size, size, c)."""
    n = a.shape[0]
    at = np.clip((np.arange(size) + 0.5) * n / size - 0.5, 0, n - 1)
    i = np.minimum(at.astype(int), n - 2)
    f = (at - i)[:, None, None]
    rows = a[i] * (1 - f) + a[i + 1] * f
    f = (at - i)[None, :, None]
    return rows[:, i] * (1 - f) + rows[:, i + 1] * f


def png(img):
    """Bytes of an 8-bit RGB PNG of a (h, w, 3) array in 0..255."""
    data = np.clip(np.round(img), 0, 255).astype(np.uint8)
    h, w, _ = data.shape
    lines = np.zeros((h, w * 3 + 1), np.uint8)
    flat = data.reshape(h, w * 3).astype(np.int16)
    flat[:, 3:] -= data.reshape(h, w * 3)[:, :-3].astype(np.int16)
    lines[:, 0] = 1  # filter "Sub": flat areas become zeros
    lines[:, 1:] = flat.astype(np.uint8)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(lines.tobytes(), 9))
        + chunk(b"IEND", b"")
    )
