"""Ways to break a good VRM file: what the checker is tested with."""

import numpy as np


def breakages(max_bytes):
    """[(what is broken, the function that breaks a Document, a word of the sentence that must then appear)]."""

    def vrm(d):
        return d.json["extensions"]["VRMC_vrm"]

    def first(d):
        return d.json["meshes"][0]["primitives"][0]

    def zero_morph(d):
        bind = vrm(d)["expressions"]["preset"]["aa"]["morphTargetBinds"][0]
        for p in d.json["meshes"][d.json["nodes"][bind["node"]]["mesh"]]["primitives"]:
            i = p["targets"][bind["index"]]["POSITION"]
            d.overwrite(i, d.read(i) * 0)

    def targets(d, name):
        """Accessors of an expression's movements."""
        bind = vrm(d)["expressions"]["preset"][name]["morphTargetBinds"][0]
        mesh = d.json["meshes"][d.json["nodes"][bind["node"]]["mesh"]]
        return [p["targets"][bind["index"]]["POSITION"] for p in mesh["primitives"]]

    def copy_mood(d):
        for own, other in zip(targets(d, "sad"), targets(d, "angry")):
            d.overwrite(own, d.read(other))

    def gape(d):
        p = first(d)["attributes"]["POSITION"]
        d.overwrite(p, d.read(p) + d.read(targets(d, "aa")[0]))

    def scale(d, accessor, factor):
        d.overwrite(accessor, d.read(accessor) * factor)

    def turn_round(d):
        for n in d.json["nodes"]:
            if "translation" in n:
                n["translation"] = [-n["translation"][0], n["translation"][1], -n["translation"][2]]

    return [
        ("no VRM extension", lambda d: d.json["extensions"].pop("VRMC_vrm"), "VRMC_vrm"),
        ("a bone removed", lambda d: vrm(d)["humanoid"]["humanBones"].pop("leftHand"), "leftHand"),
        ("an expression removed", lambda d: vrm(d)["expressions"]["preset"].pop("blink"), "blink"),
        ("an empty morph", zero_morph, "expression aa"),
        ("two moods alike", copy_mood, "moods angry and sad"),
        ("a mouth that gapes", gape, "gapes"),
        ("a mouth that hardly opens", lambda d: scale(d, targets(d, "aa")[0], 0.3), "opens by only"),
        ("facing backwards", turn_round, "face +z"),
        ("weights doubled", lambda d: scale(d, first(d)["attributes"]["WEIGHTS_0"], 2), "sum to 1"),
        ("normals halved", lambda d: scale(d, first(d)["attributes"]["NORMAL"], 0.5), "length 1"),
        ("normals turned", lambda d: scale(d, first(d)["attributes"]["NORMAL"], -1), "turned against"),
        (
            "a mesh squashed flat",
            lambda d: scale(d, first(d)["attributes"]["POSITION"], np.array([1, 1, 0])),
            "flat",
        ),
        (
            "redistribution forbidden",
            lambda d: vrm(d)["meta"].update(allowRedistribution=False),
            "allowRedistribution",
        ),
        (
            "a wild range map",
            lambda d: vrm(d)["lookAt"]["rangeMapVerticalUp"].update(outputScale=400),
            "VerticalUp",
        ),
        (
            "a material field removed",
            lambda d: d.json["materials"][0]["extensions"]["VRMC_materials_mtoon"].pop("shadeColorFactor"),
            "shadeColorFactor",
        ),
        (
            "a broken spring chain",
            lambda d: d.json["extensions"]["VRMC_springBone"]["springs"][0]["joints"].reverse(),
            "child of",
        ),
        ("too large a file", lambda d: setattr(d, "size", max_bytes + 1), "bytes"),
    ]
