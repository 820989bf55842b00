"""The VRM 1.0 extensions: VRMC_vrm, VRMC_springBone, VRMC_materials_mtoon."""

LICENCE = "https://vrm.dev/licenses/1.0/"

# Morph targets of each expression (name → weight) and what it holds back while active.
EXPRESSIONS = {
    "aa": ({"aa": 1}, {}),
    "ih": ({"ih": 1}, {}),
    "ou": ({"ou": 1}, {}),
    "ee": ({"ee": 1}, {}),
    "oh": ({"oh": 1}, {}),
    "blink": ({"blinkLeft": 1, "blinkRight": 1}, {}),
    "blinkLeft": ({"blinkLeft": 1}, {}),
    "blinkRight": ({"blinkRight": 1}, {}),
    # Laughing eyes are nearly shut: a blink has not far to go.
    "happy": ({"happy": 1}, {"blink": "blend"}),
    "angry": ({"angry": 1}, {}),
    "sad": ({"sad": 1}, {}),
    "relaxed": ({"relaxed": 1}, {}),
    # Wide eyes and a round mouth add up badly with lids that close and lips that speak.
    "surprised": ({"surprised": 1}, {"blink": "block", "mouth": "blend"}),
    "neutral": ({}, {}),
    "lookUp": ({"lidsUp": 1}, {}),
    "lookDown": ({"lidsDown": 1}, {}),
    "lookLeft": ({}, {}),
    "lookRight": ({}, {}),
}


def expression(binds, overrides, face_node, morph_index):
    return {
        "isBinary": False,
        "morphTargetBinds": [
            {"node": face_node, "index": morph_index[name], "weight": float(w)} for name, w in binds.items()
        ],
        "materialColorBinds": [],
        "textureTransformBinds": [],
        "overrideBlink": overrides.get("blink", "none"),
        "overrideLookAt": overrides.get("lookAt", "none"),
        "overrideMouth": overrides.get("mouth", "none"),
    }


def meta(params):
    return {
        "name": params["name"],
        "version": params["version"],
        "authors": params["authors"],
        "copyrightInformation": "Made by the generator in tools/avatar",
        "licenseUrl": LICENCE,
        "otherLicenseUrl": "https://opensource.org/license/mit",
        "avatarPermission": "everyone",
        "allowExcessivelyViolentUsage": True,
        "allowExcessivelySexualUsage": False,
        "commercialUsage": "corporation",
        "allowPoliticalOrReligiousUsage": True,
        "allowAntisocialOrHateUsage": False,
        "creditNotation": "unnecessary",
        "allowRedistribution": True,
        "modification": "allowModificationRedistribution",
    }


def vrmc_vrm(params, node_of, human_bones, face_node, morph_index, mesh_nodes, eye_offset):
    def ranged(degrees_in, degrees_out):
        return {"inputMaxValue": degrees_in, "outputScale": degrees_out}

    return {
        "specVersion": "1.0",
        "meta": meta(params),
        "humanoid": {"humanBones": {name: {"node": node_of[name]} for name in human_bones}},
        "firstPerson": {"meshAnnotations": [{"node": n, "type": "auto"} for n in mesh_nodes]},
        "lookAt": {
            "type": "bone",
            "offsetFromHeadBone": [round(float(v), 5) for v in eye_offset],
            "rangeMapHorizontalInner": ranged(90.0, 15.0),
            "rangeMapHorizontalOuter": ranged(90.0, 17.0),
            "rangeMapVerticalDown": ranged(90.0, 12.0),
            "rangeMapVerticalUp": ranged(90.0, 11.0),
        },
        "expressions": {
            "preset": {
                name: expression(binds, over, face_node, morph_index)
                for name, (binds, over) in EXPRESSIONS.items()
            },
            "custom": {},
        },
    }


def spring_bone(springs, colliders, node_of):
    """springs: [(name, [bones root to tip], settings)]; colliders: [(bone, offset, radius)]."""
    out = []
    for name, chain, s in springs:
        joints = [
            {
                "node": node_of[bone],
                "hitRadius": s["radius"],
                "stiffness": s["stiffness"],
                "gravityPower": s["gravity"],
                "gravityDir": [0.0, -1.0, 0.0],
                "dragForce": s["drag"],
            }
            for bone in chain
        ]
        out.append({"name": name, "joints": joints, "colliderGroups": [0]})
    return {
        "specVersion": "1.0",
        "colliders": [
            {
                "node": node_of[bone],
                "shape": {"sphere": {"offset": [float(v) for v in offset], "radius": radius}},
            }
            for bone, offset, radius in colliders
        ],
        "colliderGroups": [{"name": "head and shoulders", "colliders": list(range(len(colliders)))}],
        "springs": out,
    }


def mtoon(base, shade, texture, outline_mm, outline_colour, shift=-0.1, toony=0.9, rim=0.0):
    """A glTF material with VRMC_materials_mtoon. base and shade are linear factors over `texture`.

    bevy_vrm1 cuts the light's cosine off at 0, so shift must not be above toony − 1 or shade never gets full.
    """
    place = {"index": texture, "extensions": {"KHR_texture_transform": {"offset": [0, 0], "scale": [1, 1]}}}
    return {
        "pbrMetallicRoughness": {
            "baseColorFactor": [*base, 1.0],
            "baseColorTexture": {"index": texture},
            "metallicFactor": 0.0,
            "roughnessFactor": 0.9,
        },
        "alphaMode": "OPAQUE",
        "doubleSided": False,
        "extensions": {
            "VRMC_materials_mtoon": {
                "specVersion": "1.0",
                "transparentWithZWrite": False,
                "renderQueueOffsetNumber": 0,
                "shadeColorFactor": list(shade),
                "shadeMultiplyTexture": place,
                "shadingShiftFactor": shift,
                "shadingToonyFactor": toony,
                "giEqualizationFactor": 0.9,
                "matcapFactor": [0.0, 0.0, 0.0],
                "parametricRimColorFactor": [rim, rim, rim],
                "parametricRimFresnelPowerFactor": 5.0,
                "parametricRimLiftFactor": 0.0,
                "rimLightingMixFactor": 1.0,
                "outlineWidthMode": "worldCoordinates" if outline_mm else "none",
                "outlineWidthFactor": outline_mm / 1000.0,
                "outlineColorFactor": list(outline_colour),
                "outlineLightingMixFactor": 0.5,
                "uvAnimationScrollXSpeedFactor": 0.0,
                "uvAnimationScrollYSpeedFactor": 0.0,
                "uvAnimationRotationSpeedFactor": 0.0,
            }
        },
    }
