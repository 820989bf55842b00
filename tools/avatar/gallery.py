"""Draws the avatars' pictures in docs/gallery: each character and each of its expressions. The others: scripts/gallery.

python3 tools/avatar/gallery.py
python3 tools/avatar/gallery.py --emotions OUT.png     (18 heads as seen from 3 m, without labels, for eyes that do not know)
"""

import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from maker.paint import png  # noqa: E402
from preview import Model, at_ease, draw  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
OUT = os.path.join(ROOT, "docs", "gallery")
CHARACTERS = ("concierge", "steward")
MOODS = ("neutral", "happy", "angry", "sad", "relaxed", "surprised")
EXPRESSIONS = (
    *MOODS,
    *("aa", "ih", "ou", "ee", "oh"),
    *("blink", "blinkLeft", "blinkRight", "lookUp", "lookDown", "lookLeft", "lookRight"),
)
EYES_DEG = {"lookUp": ("x", -11), "lookDown": ("x", 12), "lookLeft": ("y", 17), "lookRight": ("y", -17)}
MAX_PICTURE_BYTES = 150 * 1024
OVER = 3  # each pixel is the mean of so many squared: smooth lines


def save(name, picture):
    data = png(picture)
    if len(data) > MAX_PICTURE_BYTES:
        raise SystemExit(f"{name} has {len(data)} bytes, more than {MAX_PICTURE_BYTES}: draw it smaller")
    with open(name, "wb") as out:
        out.write(data)
    return len(data)


def expression(model, name, view, size):
    """An expression; where it is the eyes that turn, their bones do what a viewer's look-at does."""
    from poses import about

    turns = at_ease()
    if name in EYES_DEG:
        axis, degrees = EYES_DEG[name]
        turns["leftEye"] = turns["rightEye"] = about(axis, degrees)
    return draw(model, view, {name: 1.0}, turns, size, over=OVER)


def emotions(models):
    """Rows of six: the moods in an order that does not give them away, from the front and from the side."""
    rng = np.random.default_rng(3)
    shots = []
    for view, pick in (("far", 0), ("far", 1), ("far3", None)):
        for k, mood in enumerate(rng.permutation(MOODS)):
            model = models[CHARACTERS[k % 2 if pick is None else pick]]
            shots.append(draw(model, view, {mood: 1.0}, at_ease(), 220))
            print(view, mood)
    return np.concatenate([np.concatenate(shots[i : i + 6], axis=1) for i in range(0, 18, 6)])


def main():
    models = {c: Model(os.path.join(ROOT, "assets", "avatars", f"{c}.vrm")) for c in CHARACTERS}
    if len(sys.argv) == 3 and sys.argv[1] == "--emotions":
        with open(sys.argv[2], "wb") as out:
            out.write(png(emotions(models)))
        return
    if len(sys.argv) != 1:
        raise SystemExit(__doc__)
    os.makedirs(OUT, exist_ok=True)
    total = 0
    for c, model in models.items():
        total += save(os.path.join(OUT, f"{c}.png"), draw(model, "half", {}, at_ease(), 460, aspect=0.75, over=OVER))
        total += save(
            os.path.join(OUT, f"{c}-side.png"), draw(model, "half3", {}, at_ease(), 460, aspect=0.75, over=OVER)
        )
        total += save(
            os.path.join(OUT, f"{c}-portrait.png"), draw(model, "face3", {"happy": 0.7}, at_ease(), 400, over=OVER)
        )
        for name in EXPRESSIONS:
            total += save(os.path.join(OUT, f"{c}-{name}.png"), expression(model, name, "far", 168))
        print(c)
    print(f"{total} bytes in {OUT}")


if __name__ == "__main__":
    main()
