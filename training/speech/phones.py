"""One set of phone labels for both engines, so that the encoder learns one inventory.

The labels are flite's (CMU's set). espeak-ng's mnemonics differ by accent; they are mapped to the nearest label.
`None` means: no label of its own, the frames belong to the phone before.
"""

LABELS = (
    "pau aa ae ah ao aw ax ay b ch d dh eh er ey f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw v w y z zh".split()
)
INDEX = {name: i for i, name in enumerate(LABELS)}

_ESPEAK = {
    "_": "pau", "_:": "pau", "_|": "pau", "?": "pau", ";": None, "a#": "ax", "@": "ax", "@-": "ax", "@2": "ax",
    "@5": "ax", "a": "ae", "aa": "ae", "I": "ih", "I2": "ih", "I#": "ih", "t#": "t", "t2": "t", "t[": "th",
    "i": "iy", "i:": "iy", "i@": "iy", "i@3": "iy", "eI": "ey", "@L": "l", "l": "l", "aU": "aw", "aU@": "aw",
    "V": "ah", "o@": "ao", "O@": "ao", "O:": "ao", "O2": "ao", "O": "ao", "r-": "r", "3:": "er", "3": "er",
    "VR": "er", "IR": "er", "j": "y", "u:": "uw", "u": "uw", "E": "eh", "e@": "eh", "E2": "eh", "tS": "ch",
    "dZ": "jh", "S": "sh", "Z": "zh", "aI": "ay", "aI2": "ay", "aI3": "ay", "aI@": "ay", "0": "aa", "A@": "aa",
    "A:": "aa", "A": "aa", "oU": "ow", "h": "hh", "N": "ng", "D": "dh", "T": "th", "OI": "oy", "U": "uh",
    "U@": "uh", "n-": "n", "w#": "w", "d#": "d", "z#": "z", "l#": "l", "m-": "m",
}  # fmt: skip
UNKNOWN = -100  # the label that the loss ignores


def label(name: str) -> int | None:
    """The label's number of an engine's phone; `None` for "as before", `UNKNOWN` for what is in neither table."""
    if name in _ESPEAK:
        mapped = _ESPEAK[name]
        return None if mapped is None else INDEX[mapped]
    return INDEX.get(name, UNKNOWN)
