"""What a face can do, as numbers, and the poses that become morph targets. Lengths are metres."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pose:
    """One state of the face. All zeros is the resting face, which is a faint smile."""

    blink_l: float = 0.0  # upper lid: 0 open, 1 shut
    blink_r: float = 0.0
    squint: float = 0.0  # lower lid: 0 rest, 1 meets the closing line
    arch: float = 0.0  # where the lids meet: 0 low, as in sleep, 1 high, as in laughing
    wide: float = 0.0  # upper lid raised
    lid_tilt: float = 0.0  # upper lid: inner end down (+, angry) or up (−, sad)
    brow_in: float = 0.0  # brow raised at its inner end, middle, outer end
    brow_mid: float = 0.0
    brow_out: float = 0.0
    brow_pinch: float = 0.0  # inner ends towards each other
    width: float = 1.0  # mouth width as a factor
    up: float = 0.0  # upper lip raised in the middle
    down: float = 0.0  # lower lip lowered in the middle
    corner: float = 0.0  # corners raised (smile) or lowered
    corner_deep: float = 0.0  # corners pushed back
    roundness: float = 0.0  # 0 almond, 1 round opening
    pucker: float = 0.0  # lips forward
    jaw: float = 0.0  # chin lowered
    cheek: float = 0.0  # cheeks raised
    teeth_up: float = 0.0  # upper teeth shown by this much
    teeth_low: float = 0.0  # lower teeth raised by this much
    tongue: float = 0.0  # tongue raised


REST = Pose()


def poses(scale):
    """The morph targets by name. `scale` are the character's factors: mouth, brow, lid."""
    m, b, w = scale["mouth"], scale["brow"], scale["lid"]
    return {
        "aa": Pose(
            width=1.02,
            up=0.0035 * m,
            down=0.0232 * m,
            roundness=0.55,
            jaw=0.0175 * m,
            teeth_up=0.0026,
            tongue=0.0015,
        ),
        "ih": Pose(
            width=1.12,
            up=0.0025 * m,
            down=0.0065 * m,
            roundness=0.1,
            jaw=0.004 * m,
            corner=0.001,
            teeth_up=0.0026,
            teeth_low=0.002,
            tongue=0.001,
        ),
        "ou": Pose(
            width=0.46,
            up=0.003 * m,
            down=0.0065 * m,
            roundness=1.0,
            jaw=0.004 * m,
            pucker=0.0085 * m,
            corner=-0.001,
        ),
        "ee": Pose(
            width=1.34,
            up=0.0035 * m,
            down=0.0062 * m,
            roundness=0.35,
            jaw=0.003 * m,
            corner=0.003 * m,
            corner_deep=0.003,
            teeth_up=0.0034,
            teeth_low=0.0050,
            cheek=0.002,
        ),
        "oh": Pose(
            width=0.68,
            up=0.0055 * m,
            down=0.0155 * m,
            roundness=1.0,
            jaw=0.012 * m,
            pucker=0.006 * m,
            teeth_up=0.0005,
        ),
        "blinkLeft": Pose(blink_l=1.0, brow_mid=-0.0007),
        "blinkRight": Pose(blink_r=1.0, brow_mid=-0.0007),
        "happy": Pose(
            squint=0.86 * w,
            arch=0.85,
            blink_l=0.22,
            blink_r=0.22,
            brow_in=0.004 * b,
            brow_mid=0.0085 * b,
            brow_out=0.005 * b,
            width=1.34,
            up=0.0020 * m,
            down=0.0102 * m,
            corner=0.0105 * m,
            corner_deep=0.003,
            jaw=0.004,
            cheek=0.007,
            teeth_up=0.0066,
            tongue=0.001,
        ),
        "angry": Pose(
            squint=0.40 * w,
            blink_l=0.16,
            blink_r=0.16,
            lid_tilt=0.0100 * w,
            brow_in=-0.0150 * b,
            brow_mid=-0.0050 * b,
            brow_out=0.0085 * b,
            brow_pinch=0.0060 * b,
            width=0.94,
            up=0.0040 * m,
            down=0.0075 * m,
            roundness=0.75,
            corner=-0.0085 * m,
            jaw=0.002,
            teeth_up=0.0050,
            teeth_low=0.0026,
            cheek=0.002,
        ),
        "sad": Pose(
            blink_l=0.22,
            blink_r=0.22,
            squint=0.12,
            lid_tilt=-0.0085 * w,
            brow_in=0.0160 * b,
            brow_mid=0.0015 * b,
            brow_out=-0.0105 * b,
            brow_pinch=0.004 * b,
            width=0.95,
            corner=-0.0140 * m,
            cheek=-0.003,
        ),
        "relaxed": Pose(
            blink_l=0.20,
            blink_r=0.20,
            squint=0.56 * w,
            arch=0.55,
            brow_in=0.0040 * b,
            brow_mid=0.0010 * b,
            brow_out=-0.0025 * b,
            width=1.26,
            corner=0.0080 * m,
            corner_deep=0.002,
            cheek=0.004,
        ),
        "surprised": Pose(
            wide=0.0072 * w,
            squint=-0.34,
            brow_in=0.0160 * b,
            brow_mid=0.0190 * b,
            brow_out=0.0130 * b,
            width=0.72,
            up=0.0055 * m,
            down=0.0215 * m,
            roundness=1.0,
            jaw=0.0165 * m,
            pucker=0.003,
        ),
        "lidsUp": Pose(wide=0.0022, brow_in=0.002, brow_mid=0.003, brow_out=0.002),
        "lidsDown": Pose(blink_l=0.34, blink_r=0.34, squint=-0.10, brow_mid=-0.001),
    }
