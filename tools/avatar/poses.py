"""Poses for pictures, as turns of bones in the model's own axes. They are those of the product (src/stage/avatar)."""

import numpy as np

MIRROR = np.diag([-1.0, 1.0, 1.0])


def about(axis, degrees):
    a = np.radians(degrees)
    c, s = np.cos(a), np.sin(a)
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    m = np.eye(3)
    m[i, i], m[i, j], m[j, i], m[j, j] = c, -s, s, c
    return m


def turn(x, y, z):
    """About z first, then x, then y."""
    return about("y", y) @ about("x", x) @ about("z", z)


def arm(pose, side, upper, lower, hand=None, fingers=(0.12, 0.16, 0.20, 0.24)):
    """Sets an arm, given as for the left one. `fingers`: radians per joint, from the index to the little one."""
    turns = {"UpperArm": upper, "LowerArm": lower, "Hand": np.eye(3) if hand is None else hand}
    for finger, curl in zip(("Index", "Middle", "Ring", "Little"), fingers):
        for joint in ("Proximal", "Intermediate", "Distal"):
            turns[f"{finger}{joint}"] = about("z", -np.degrees(curl))
    for name, m in turns.items():
        pose[f"{side}{name}"] = m if side == "left" else MIRROR @ m @ MIRROR
    return pose


def at_ease():
    pose = {"leftShoulder": turn(0, 0, -3), "rightShoulder": turn(0, 0, 3)}
    for side in ("left", "right"):
        arm(
            pose,
            side,
            turn(-5, 0, -71),
            turn(0, -20, 0) @ turn(-12, 0, 0),
            turn(0, 0, -5),
            (0.22, 0.28, 0.33, 0.38),
        )
    return pose


def wave():
    pose = arm(
        at_ease(),
        "right",
        turn(-6, -14, -34),
        turn(0, 0, 112) @ turn(-82, 0, 0),
        None,
        (0.02, 0.02, 0.03, 0.05),
    )
    pose["head"] = turn(0, 0, 5)
    return pose


def bow():
    pose = at_ease()
    for bone, degrees in (("hips", 6), ("spine", 13), ("chest", 9), ("neck", 5), ("head", 9)):
        pose[bone] = turn(degrees, 0, 0)
    return pose


def point():
    pose = arm(at_ease(), "left", turn(0, -30, -30), turn(0, -8, 26), None, (0.0, 1.2, 1.3, 1.35))
    pose["head"], pose["chest"] = turn(0, 14, 0), turn(0, 5, 0)
    return pose


def palms():
    pose = at_ease()
    for side in ("left", "right"):
        arm(pose, side, turn(-14, 0, -58), turn(0, -62, 0) @ turn(-72, 0, 0))
    return pose


def desk():
    """Both hands on the desk."""
    pose = at_ease()
    for side in ("left", "right"):
        arm(
            pose,
            side,
            turn(-30, 0, -64),
            turn(0, -82, 0) @ turn(66, 0, 0),
            turn(0, 0, 14),
            (0.10, 0.12, 0.14, 0.18),
        )
    return pose


def up():
    """Both arms up: what no gesture does; it shows how the shoulders hold."""
    pose = at_ease()
    for side in ("left", "right"):
        arm(pose, side, turn(0, 0, 52), turn(0, 0, 30))
        pose[f"{side}Shoulder"] = turn(0, 0, 14) if side == "left" else turn(0, 0, -14)
    return pose


POSES = {"ease": at_ease, "wave": wave, "bow": bow, "point": point, "palms": palms, "desk": desk, "up": up}
