"""Numbers, letters, times, dates and amounts, as spoken and as written by the model.

Each function returns `(spoken, written)`: letters are spoken by their names and written as themselves.
"""

from __future__ import annotations

from random import Random

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth twentieth thirtieth"
).split()
MONTHS = (
    "january february march april may june july august september october november december"
).split()
LETTER_NAMES = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        "ay bee see dee ee eff jee aitch eye jay kay ell em en oh pee cue are ess tee you vee double-you ex why zee".split(),
    )
)
UNITS = (
    "dollars|euros|pounds|yuan|coins|tokens|tickets|percent|ether|bitcoin|points|credits|cents|people|minutes|hours"
    "|days|meters|parcels|words|dollar|euro|degrees|megabytes|gwei"
).split("|")


def below_hundred(n: int) -> str:
    if n < 20:
        return ONES[n]
    return TENS[n // 10 - 2] + (" " + ONES[n % 10] if n % 10 else "")


def cardinal(n: int, with_and: bool = False) -> str:
    """A number below a billion in words."""
    for size, name in ((1_000_000, "million"), (1_000, "thousand")):
        if n >= size:
            rest = n % size
            return cardinal(n // size) + " " + name + (" " + cardinal(rest, with_and) if rest else "")
    if n >= 100:
        rest = n % 100
        joint = " and " if with_and else " "
        return ONES[n // 100] + " hundred" + (joint + below_hundred(rest) if rest else "")
    return below_hundred(n)


def digits(r: Random) -> tuple[str, str]:
    """A number read digit by digit: codes, cards, telephone numbers."""
    zero = r.choice(["zero", "zero", "oh"])
    words = [ONES[d] if d else zero for d in (r.randrange(10) for _ in range(r.choice([2, 3, 4, 4, 5, 6, 8, 9])))]
    if r.random() < 0.15:
        i = r.randrange(len(words))
        words[i : i + 1] = [r.choice(["double", "triple"]), words[i]]
    text = " ".join(words)
    return text, text


def letters(r: Random) -> tuple[str, str]:
    """Letters spelled out, with digits among them at times."""
    spoken, written = [], []
    for _ in range(r.choice([1, 2, 3, 3, 4, 5, 6])):
        if r.random() < 0.2:
            word = ONES[r.randrange(10)]
            spoken.append(word)
            written.append(word)
        else:
            letter = r.choice("abcdefghijklmnopqrstuvwxyz")
            spoken.append(LETTER_NAMES[letter])
            written.append("double u" if letter == "w" and r.random() < 0 else letter)
    return " ".join(spoken), " ".join(written)


def quantity(r: Random) -> tuple[str, str]:
    n = r.choice(
        [r.randrange(1, 21), r.randrange(20, 100), r.randrange(100, 1000), r.randrange(10, 100) * 100,
         r.randrange(1, 1000) * 1000, r.randrange(1000, 10_000), r.randrange(1, 100) * 1_000_000]
    )  # fmt: skip
    text = cardinal(n, r.random() < 0.3)
    if r.random() < 0.25:
        text += " point " + " ".join(ONES[r.randrange(10)] for _ in range(r.choice([1, 1, 2, 3])))
    elif r.random() < 0.05:
        text = r.choice(["half a", "a quarter of a", "one and a half", "zero point five", "a hundred", "a thousand"])
    text += " " + r.choice(UNITS)
    return text, text


def date(r: Random) -> tuple[str, str]:
    day = r.choice(ORDINALS + ["twenty " + o for o in ORDINALS[:9]] + ["thirty first"])
    text = r.choice([f"{r.choice(MONTHS)} {day}", f"the {day} of {r.choice(MONTHS)}", f"on the {day}"])
    if r.random() < 0.3:
        text += " " + r.choice(["twenty twenty " + ONES[r.randrange(1, 10)], "nineteen " + below_hundred(r.randrange(50, 100))])
    return text, text


def time(r: Random) -> tuple[str, str]:
    hour, minute = ONES[r.randrange(1, 13)], r.randrange(1, 60)
    written = r.choice(
        [f"{hour} {'oh ' if minute < 10 else ''}{below_hundred(minute)}", f"{hour} o'clock", f"half past {hour}",
         f"{below_hundred(minute)} minutes to {hour}", f"quarter to {hour}", f"quarter past {hour}"]
    )  # fmt: skip
    half = r.choice(["", "", "a m", "p m"])
    spoken = (written + " " + {"a m": "ay em", "p m": "pee em"}.get(half, "")).strip()
    return spoken, (written + " " + half).strip()


FRAMES = (
    "{}|{}|{}|it is {}|that is {}|i have {}|i paid {}|i need {}|my code is {}|the number is {}|number {}|at {}|about {}"
    "|is it {}|from {}|i think {}|exactly {}|my number is {}|the code was {}|please enter {}|room {}|row {}|gate {}"
    "|is {} correct|can i get {}|why {}|not {}|only {}|more than {}|less than {}"
).split("|")


def numeric(r: Random) -> tuple[str, str]:
    """Any of the above, at times in a short sentence."""
    spoken, written = r.choice([digits, digits, letters, letters, quantity, quantity, date, time])(r)
    frame = r.choice(FRAMES)
    return frame.format(spoken), frame.format(written)
