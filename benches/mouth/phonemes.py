"""espeak-ng's sound with the exact place of each phoneme, from the events of its shared library.

For measuring and calibrating only: the product starts espeak-ng as a program and never loads the library.

As a program it reads requests, one JSON object a line: {"voice", "rate" (words per minute), "pitch" (0 to 99), "text", "wav"};
it writes the sound to the file `wav` and answers with one line: {"phonemes": [[name, first sample], ...], "samples", "rate"}.
Names are espeak-ng's own; those that begin with "_" are pauses.
"""

import ctypes as c
import json
import sys
import wave

PHONEME, PHONEME_EVENTS, DO_NOT_EXIT, SYNCHRONOUS, UTF8, PHONEMES = 7, 1, 0x8000, 2, 1, 0x1000
RATE, PITCH = 1, 3


class _Id(c.Union):
    _fields_ = [("number", c.c_int), ("string", c.c_char * 8)]


class _Event(c.Structure):
    _fields_ = [
        ("type", c.c_int), ("unique", c.c_uint), ("text_position", c.c_int), ("length", c.c_int),
        ("audio_position", c.c_int), ("sample", c.c_int), ("user_data", c.c_void_p), ("id", _Id),
    ]


_CALLBACK = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_short), c.c_int, c.POINTER(_Event))


class Espeak:
    """The library, which can be there only once in a process."""

    def __init__(self):
        self.library = c.CDLL("libespeak-ng.so.1")
        self.rate = self.library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONEME_EVENTS | DO_NOT_EXIT)
        if self.rate <= 0:
            raise SystemExit("libespeak-ng does not start: are its data there (apt install espeak-ng-data)?")
        self.sound, self.phonemes = bytearray(), []
        self._callback = _CALLBACK(self._take)
        self.library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples, count, events):
        if samples and count > 0:
            self.sound += c.string_at(samples, 2 * count)
        i = 0
        while events[i].type != 0:
            if events[i].type == PHONEME:
                self.phonemes.append((events[i].id.string.decode("utf-8", "replace"), events[i].sample))
            i += 1
        return 0

    def say(self, voice, rate, pitch, text):
        """16-bit samples as bytes, and (name, first sample) of each phoneme."""
        self.sound, self.phonemes = bytearray(), []
        if self.library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise SystemExit(f"espeak-ng has no voice {voice}")
        self.library.espeak_SetParameter(RATE, rate, 0)
        self.library.espeak_SetParameter(PITCH, pitch, 0)
        data = text.encode()
        self.library.espeak_Synth(data, len(data) + 1, 0, 1, 0, UTF8 | PHONEMES, None, None)
        self.library.espeak_Synchronize()
        return bytes(self.sound), list(self.phonemes)


def main():
    espeak = Espeak()
    for line in sys.stdin:
        ask = json.loads(line)
        sound, phonemes = espeak.say(ask["voice"], ask["rate"], ask["pitch"], ask["text"])
        with wave.open(ask["wav"], "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(espeak.rate)
            out.writeframes(sound)
        print(json.dumps({"phonemes": phonemes, "samples": len(sound) // 2, "rate": espeak.rate}), flush=True)


if __name__ == "__main__":
    main()
