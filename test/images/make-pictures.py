"""Writes PNG and JPEG of every kind, and their samples as raw little-endian bytes beside them.

    python3 make-pictures.py FOLDER

FOLDER/expected.json holds shape, dtype and SHA-256 of the samples, from the arrays the PNGs were made of; of the JPEGs
as Pillow decodes them.
"""
import hashlib
import json
import os
import struct
import sys
import zlib

import numpy
from PIL import Image, ImageCms

folder = sys.argv[1]
expected = {}
random = numpy.random.default_rng(3)


def record(name, array, **facts):
    array = numpy.ascontiguousarray(array)
    little = array.astype(array.dtype.newbyteorder("<")).tobytes()
    expected[name] = dict(shape=list(array.shape), dtype=array.dtype.name, sha256=hashlib.sha256(little).hexdigest(), **facts)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, rows, width, bits, colour, array, before=b"", interlace=0, **facts):
    """A PNG from packed rows, no filter; chunks such as gAMA, iCCP, PLTE and tRNS go in `before`."""
    head = struct.pack(">IIBBBBB", width, len(rows), bits, colour, 0, 0, interlace)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    with open(os.path.join(folder, name), "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", body) + chunk(b"IEND", b""))
    record(name, array, **facts)


gamma = chunk(b"gAMA", struct.pack(">I", 100000))
physical = chunk(b"pHYs", struct.pack(">IIB", 4000000, 4000000, 1))
for bits in (8, 16):
    dtype = ">u2" if bits == 16 else "u1"
    for colour, samples in ((0, 1), (2, 3), (4, 2), (6, 4)):
        array = random.integers(0, 2**bits, (13, 17, samples)).astype(dtype)
        array[0, 0], array[-1, -1] = 0, 2**bits - 1
        rows = [row.tobytes() for row in array]
        shown = array.astype(array.dtype.newbyteorder("=")).squeeze()
        alpha = dict(alpha=True) if colour >= 4 else {}
        png(f"type{colour}_{bits}.png", rows, 17, bits, colour, shown, **alpha)
        png(f"type{colour}_{bits}_gamma.png", rows, 17, bits, colour, shown, before=gamma + physical, **alpha)
        if bits == 8 and samples != 2:
            kind = {1: "L", 3: "RGB", 4: "RGBA"}[samples]
            Image.fromarray(shown, kind).save(os.path.join(folder, f"pillow{colour}.png"), optimize=True)
            record(f"pillow{colour}.png", shown, **alpha)
for bits in (1, 2, 4):
    array = random.integers(0, 2**bits, (13, 17)).astype("u1")
    rows = []
    for row in array:
        text = "".join(format(value, f"0{bits}b") for value in row)
        text += "0" * (-len(text) % 8)
        rows.append(int(text, 2).to_bytes(len(text) // 8, "big"))
    png(f"grey_{bits}.png", rows, 17, bits, 0, (array * (255 // (2**bits - 1))).astype("u1"))
    palette = random.integers(0, 256, (2**bits, 3)).astype("u1")
    png(f"palette_{bits}.png", rows, 17, bits, 3, palette[array], before=chunk(b"PLTE", palette.tobytes()))
index = random.integers(0, 200, (13, 17)).astype("u1")
palette = random.integers(0, 256, (200, 3)).astype("u1")
opacity = random.integers(0, 256, 200).astype("u1")
plte = chunk(b"PLTE", palette.tobytes())
rows = [row.tobytes() for row in index]
png("palette_8.png", rows, 17, 8, 3, palette[index], before=plte)
both = numpy.concatenate([palette, opacity[:, None]], axis=1)[index]
png("palette_8_transparent.png", rows, 17, 8, 3, both, before=plte + chunk(b"tRNS", opacity.tobytes()), alpha=True)
grey = random.integers(0, 256, (13, 17)).astype("u1")
seen = numpy.stack([grey, numpy.where(grey == grey[2, 3], 0, 255).astype("u1")], axis=-1)
png("grey_transparent.png", [row.tobytes() for row in grey], 17, 8, 0, seen, before=chunk(b"tRNS", struct.pack(">H", grey[2, 3])), alpha=True)

ramp = numpy.add.outer(numpy.arange(40) * 3, numpy.arange(56) * 2).astype("u1")
photo = numpy.stack([ramp, ramp[::-1], ramp.T[:40, :40].repeat(2, 1)[:, :56]], axis=-1)
for name, array, options in (
    ("grey.jpg", ramp, {}),
    ("rgb.jpg", photo, {}),
    ("progressive.jpg", photo, dict(progressive=True)),
    ("full_colour.jpg", photo, dict(subsampling=0, quality=95)),
):
    path = os.path.join(folder, name)
    Image.fromarray(array).save(path, **options)
    record(name, numpy.asarray(Image.open(path)))
turned = Image.fromarray(photo).getexif()
turned[0x0112] = 6
Image.fromarray(photo).save(os.path.join(folder, "turned.jpg"), exif=turned)
record("turned.jpg", numpy.asarray(Image.open(os.path.join(folder, "turned.jpg"))))
# A profile whose red is green: any conversion to another colour space would show.
srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
swapped = bytearray(srgb)
tags = {srgb[at : at + 4]: at for at in range(132, 132 + 12 * struct.unpack(">I", srgb[128:132])[0], 12)}
red, green = tags[b"rXYZ"], tags[b"gXYZ"]
swapped[red + 4 : red + 12], swapped[green + 4 : green + 12] = srgb[green + 4 : green + 12], srgb[red + 4 : red + 12]
for name in ("profile.jpg", "profile.png"):
    Image.fromarray(photo).save(os.path.join(folder, name), icc_profile=bytes(swapped))
    record(name, numpy.asarray(Image.open(os.path.join(folder, name))))
wide = numpy.stack([ramp, ramp[::-1], ramp], axis=-1).astype("=u2") * 200
profile = chunk(b"iCCP", b"swapped\0\0" + zlib.compress(bytes(swapped)))
png("profile_16.png", [row.astype(">u2").tobytes() for row in wide], 56, 16, 2, wide, before=profile)
Image.fromarray(photo).convert("CMYK").save(os.path.join(folder, "cmyk.jpg"))

with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump(expected, file)
