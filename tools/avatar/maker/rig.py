"""The skeleton: bone names of VRM 1.0, their places in T-pose, and the weights of body regions.

All rest rotations are identity, so that whoever turns a bone turns it about the model's own axes
(x to the character's left, y up, z forward).
"""

import numpy as np

from .part import smoothstep

FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")
SEGMENTS = ("Proximal", "Intermediate", "Distal")
THUMB_SEGMENTS = ("Metacarpal", "Proximal", "Distal")


def build(p):
    """Returns {bone: (parent or None, position)} in an order where parents come first."""
    b, h = p["body"], p["head"]
    centre = np.array([0.0, h["centre_y"], h["centre_z"]])
    bones = {}

    def add(name, parent, *position):
        bones[name] = (parent, np.array(position, dtype=float))

    add("hips", None, 0, b["hips_y"], 0)
    add("spine", "hips", 0, b["waist_y"], -0.005)
    add("chest", "spine", 0, b["chest_y"], -0.012)
    add("upperChest", "chest", 0, b["upper_chest_y"], -0.02)
    add("neck", "upperChest", 0, b["neck_y"], -0.025)
    add("head", "neck", 0, b["neck_y"] + 0.055, -0.018)
    eye = h["eye"]
    for side, s in (("left", 1), ("right", -1)):
        add(f"{side}Eye", "head", s * eye["x"], centre[1] + eye["y"], centre[2] + eye["z"])
        add(f"{side}Shoulder", "upperChest", s * 0.028, b["arm_y"] + 0.005, -0.02)
        add(f"{side}UpperArm", f"{side}Shoulder", s * b["shoulder_x"], b["arm_y"], -0.02)
        add(f"{side}LowerArm", f"{side}UpperArm", s * b["elbow_x"], b["arm_y"], -0.02)
        add(f"{side}Hand", f"{side}LowerArm", s * b["wrist_x"], b["arm_y"], -0.02)
        for finger in FINGERS:
            parent = f"{side}Hand"
            names = THUMB_SEGMENTS if finger == "Thumb" else SEGMENTS
            for name, joint in zip(names, finger_joints(p, finger)[:3]):
                add(f"{side}{finger}{name}", parent, s * joint[0], joint[1], joint[2])
                parent = f"{side}{finger}{name}"
        add(f"{side}UpperLeg", "hips", s * b["leg_x"], b["hips_y"] - 0.04, 0)
        add(f"{side}LowerLeg", f"{side}UpperLeg", s * b["leg_x"], b["knee_y"], 0.005)
        add(f"{side}Foot", f"{side}LowerLeg", s * b["leg_x"], b["ankle_y"], -0.015)
        add(f"{side}Toes", f"{side}Foot", s * b["leg_x"], 0.02, 0.07)
    return bones


def finger_joints(p, finger):
    """Four points of a left finger in T-pose, root to tip: fingers along +x, palm down, thumb forward."""
    b = p["body"]
    wrist = np.array([b["wrist_x"], b["arm_y"], -0.02])
    s = b["hand_scale"]
    roots = {
        "Thumb": ((0.022, -0.006, 0.022), (0.62, -0.22, 0.75), (0.032, 0.026, 0.022)),
        "Index": ((0.082, 0.002, 0.025), (1, 0, 0.09), (0.032, 0.022, 0.018)),
        "Middle": ((0.085, 0.004, 0.006), (1, 0, 0.0), (0.036, 0.024, 0.019)),
        "Ring": ((0.081, 0.002, -0.013), (1, 0, -0.07), (0.032, 0.022, 0.018)),
        "Little": ((0.074, -0.002, -0.030), (1, 0, -0.16), (0.025, 0.017, 0.016)),
    }
    root, direction, lengths = roots[finger]
    direction = np.array(direction) / np.linalg.norm(direction)
    points = [wrist + s * np.array(root)]
    for length in lengths:
        points.append(points[-1] + s * length * direction)
        direction = direction + np.array([0, -0.05, 0])
        direction /= np.linalg.norm(direction)
    return points


def chain(values, names, coordinate, width):
    """Weights along a line of joints: bone i rules from values[i] to values[i + 1], blended over `width`."""
    out, rest = {}, np.ones(len(coordinate))
    for i, name in enumerate(names):
        if i + 1 < len(names):
            w = width[i + 1] if isinstance(width, (list, tuple)) else width
            past = smoothstep(values[i + 1] - w, values[i + 1] + w, coordinate)
        else:
            past = np.zeros(len(coordinate))
        out[name] = rest * (1 - past)
        rest = rest * past
    return out


def torso_weights(b, v):
    """Weights of the trunk by height. `b` is the body's part of the character file."""
    return chain(
        [0, b["waist_y"], b["chest_y"], b["upper_chest_y"]],
        ["hips", "spine", "chest", "upperChest"],
        v[:, 1],
        0.045,
    )


def limb_weights(u, fore, reach):
    """Weights of an arm by the way `u` from the shoulder; the elbow is at `fore`, the wrist at `reach`."""
    return chain([0, fore, reach], ["UpperArm", "LowerArm", "Hand"], u, [0, 0.036, 0.014])


def leg_weights(p, v):
    b = p["body"]
    down = chain(
        [0, -(b["hips_y"] - 0.06), -b["knee_y"], -b["ankle_y"]],
        ["hips", "UpperLeg", "LowerLeg", "Foot"],
        -v[:, 1],
        [0, 0.06, 0.05, 0.03],
    )
    out = {"hips": down.pop("hips")}
    for side, mine in (("left", v[:, 0] >= 0), ("right", v[:, 0] < 0)):
        for name, w in down.items():
            out[f"{side}{name}"] = w * mine
    return out


def hand_weights(p, v):
    """Left hand: the palm follows the hand, each finger its three bones, by distance to the bones."""
    bones, distances = ["leftHand"], [np.full(len(v), 9.0)]
    wrist = np.array([p["body"]["wrist_x"], p["body"]["arm_y"], -0.02])
    segments = [(wrist + [-0.05, 0, 0], wrist, "leftLowerArm")]
    for z in (0.022, 0.006, -0.012, -0.026):
        segments.append((wrist, wrist + np.array([0.07, 0, z]) * p["body"]["hand_scale"], "leftHand"))
    for finger in FINGERS:
        joints = finger_joints(p, finger)
        names = THUMB_SEGMENTS if finger == "Thumb" else SEGMENTS
        segments += [(joints[i], joints[i + 1], f"left{finger}{names[i]}") for i in range(3)]
    for a, b, name in segments:
        ab = b - a
        h = np.clip(((v - a) @ ab) / (ab @ ab), 0, 1)
        bones.append(name)
        distances.append(np.linalg.norm(v - a - h[:, None] * ab, axis=1))
    d = np.stack(distances, axis=1)
    w = np.exp(-((d - d.min(axis=1, keepdims=True)) / 0.0035))
    w /= w.sum(axis=1, keepdims=True)
    out = {}
    for i, name in enumerate(bones):
        out[name] = out.get(name, 0) + w[:, i]
    return out
