"""Writes the TIFF matrix: every variant by tifffile or by libtiff's tiffcp, and what tifffile says about each.

    python3 make-matrix.py FOLDER

FOLDER/expected.json holds, per file, shape, axes, dtype and the SHA-256 of the pixels (C order, little-endian). Pixels
that this Python cannot decode (LZW, zstd, PackBits, JPEG need imagecodecs) are those of the source the file was made of.
"""
import hashlib
import json
import os
import subprocess
import sys

import numpy
import tifffile

folder = sys.argv[1]
expected = {}
random = numpy.random.default_rng(7)


def path(name):
    return os.path.join(folder, name + ".tif")


def smooth(shape, dtype):
    """Pixels with slopes, noise and the extremes of the type."""
    dtype = numpy.dtype(dtype)
    rows, columns = shape[-2:] if shape[-1] > 4 else shape[-3:-1]
    ramp = numpy.add.outer(numpy.arange(rows) * 3.7, numpy.arange(columns) * 1.3)
    if shape[-1] <= 4:
        ramp = ramp[..., None] * numpy.arange(1, shape[-1] + 1)
    values = ramp + random.normal(0, 20, shape)
    if dtype.kind == "f":
        return (values * 0.731).astype(dtype)
    info = numpy.iinfo(dtype)
    values = numpy.clip(values * (1 if dtype.itemsize == 1 else 37), max(info.min, -3e9), min(info.max, 3e9)).astype(dtype)
    values.flat[0], values.flat[-1] = info.min, info.max
    return values


def digest(array):
    array = numpy.ascontiguousarray(array)
    return hashlib.sha256(array.astype(array.dtype.newbyteorder("<")).tobytes()).hexdigest()


def record(name, array=None, **facts):
    with tifffile.TiffFile(path(name)) as tif:
        series = tif.series[0]
        shape, axes, dtype = list(series.shape), series.axes, series.dtype.name
        pixels = tif.asarray() if array is None else array
    expected[name] = dict(shape=shape, axes=axes, dtype="uint8" if dtype == "bool" else dtype, sha256=digest(pixels), **facts)


def write(name, array, **options):
    facts = options.pop("facts", {})
    tifffile.imwrite(path(name), array, **options)
    record(name, **facts)
    read = tifffile.imread(path(name))
    assert digest(read) == digest(array), name


def copy(name, source, *arguments, pixels=None, **facts):
    """`tiffcp` of an existing file. `pixels` names the file that holds its pixels, if not the source itself."""
    made = subprocess.run(["tiffcp", *arguments, path(source), path(name)], capture_output=True, text=True)
    if made.returncode != 0:
        raise SystemExit(f"tiffcp {name}: {made.stderr}")
    record(name, tifffile.imread(path(pixels or source)), **facts)


def copy_read_by_libtiff(name, source, *arguments):
    """As `copy`, but the pixels are those that libtiff itself reads from the file it wrote."""
    copy(name, source, *arguments)
    plain = path(name + "_plain")
    subprocess.run(["tiffcp", "-c", "none", path(name), plain], capture_output=True, check=True)
    record(name, tifffile.imread(plain))
    os.unlink(plain)


integers = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
floats = ["float16", "float32", "float64"]

# Types, byte orders, generations, compression, as tifffile writes them.
for dtype in integers + floats:
    array = smooth((67, 83), dtype)
    write(f"plain_{dtype}", array)
    write(f"big_endian_{dtype}", array, byteorder=">")
    write(f"bigtiff_{dtype}", array, bigtiff=True)
    write(f"strips_{dtype}", array, rowsperstrip=5)
    write(f"deflate_{dtype}", array, compression="zlib", rowsperstrip=7)
    write(f"deflate_big_endian_{dtype}", array, compression="zlib", byteorder=">", bigtiff=True)
    write(f"tiles_{dtype}", array, tile=(16, 32))
    write(f"tiles_deflate_big_endian_{dtype}", array, tile=(32, 16), compression="zlib", byteorder=">")
    for samples in (2, 3, 4):
        contiguous = smooth((33, 29, samples), dtype)
        planar = numpy.ascontiguousarray(numpy.moveaxis(contiguous, -1, 0))
        kind = dict(photometric="minisblack")
        write(f"contig{samples}_{dtype}", contiguous, planarconfig="contig", **kind)
        write(f"separate{samples}_{dtype}", planar, planarconfig="separate", **kind)
        write(f"separate{samples}_tiles_{dtype}", planar, planarconfig="separate", tile=(16, 16), compression="zlib", **kind)
        write(f"contig{samples}_tiles_{dtype}", contiguous, planarconfig="contig", tile=(16, 16), **kind)
for dtype in integers:
    array = smooth((67, 83), dtype)
    write(f"predictor2_{dtype}", array, compression="zlib", predictor=2, rowsperstrip=9)
    write(f"predictor2_big_endian_{dtype}", array, compression="zlib", predictor=2, byteorder=">")
    write(f"predictor2_contig3_{dtype}", smooth((33, 29, 3), dtype), compression="zlib", predictor=2, photometric="minisblack", planarconfig="contig")

# Whole stacks and the dialects that name their axes.
stack = smooth((5, 31, 47), "uint16")
for dtype in ("uint8", "uint16", "float32", "int32"):
    pages = smooth((6, 31, 47), dtype)
    write(f"shaped_{dtype}", pages)
    write(f"shaped_axes_{dtype}", pages, metadata={"axes": "TYX"})
    write(f"shaped_deflate_{dtype}", pages, compression="zlib", metadata={"axes": "CYX"})
    write(f"pages_{dtype}", pages, metadata=None)
    write(f"pages_big_endian_deflate_{dtype}", pages, metadata=None, byteorder=">", compression="zlib")
write("pages_thirty", smooth((30, 31, 47), "uint16"), metadata=None)
write("shaped_leading_one", stack[:1])
write("shaped_inner_one", stack.reshape(5, 1, 31, 47), metadata={"axes": "TCYX"})
write("shaped_5d", smooth((2, 3, 4, 31, 47), "uint8"), metadata={"axes": "TZCYX"})
write("shaped_unnamed_4d", smooth((2, 3, 31, 47), "uint8"))
write("shaped_last_small", smooth((40, 31, 2), "uint16"))
write("shaped_truncated", stack, truncate=True)
write("shaped_truncated_axes", stack, truncate=True, metadata={"axes": "ZYX"}, byteorder=">")
write("shaped_rgb", smooth((33, 29, 3), "uint8"), photometric="rgb")
write("shaped_rgba", smooth((33, 29, 4), "uint8"), photometric="rgb", extrasamples=["unassalpha"], facts=dict(alpha=True))
write("rgb_pages", smooth((3, 33, 29, 3), "uint8"), photometric="rgb", metadata=None)
write("imagej_2d", stack[0], imagej=True)
write("imagej_stack", stack, imagej=True, metadata={"axes": "ZYX"})
write("imagej_one_directory", stack, imagej=True, truncate=True, metadata={"axes": "TYX"})
write("imagej_hyperstack", smooth((2, 3, 4, 31, 47), "uint16"), imagej=True, metadata={"axes": "TZCYX"})
write("imagej_float", smooth((3, 31, 47), "float32"), imagej=True, resolution=(4.0, 4.0), metadata={"axes": "CYX", "unit": "micron"}, facts=dict(pixelSize=0.25))
write("imagej_rgb", smooth((3, 31, 47, 3), "uint8"), imagej=True, photometric="rgb", metadata={"axes": "ZYXS"})
write("imagej_deflate", stack, imagej=True, compression="zlib", metadata={"axes": "CYX"})
ome = dict(PhysicalSizeX=0.325, PhysicalSizeXUnit="µm", PhysicalSizeY=325.0, PhysicalSizeYUnit="nm")
write("ome_2d", stack[0], ome=True, metadata={"axes": "YX", **ome}, facts=dict(pixelSize=0.325))
write("ome_czyx", smooth((2, 3, 31, 47), "uint16"), ome=True, metadata={"axes": "CZYX", **ome}, facts=dict(pixelSize=0.325))
write("ome_tczyx_float", smooth((2, 2, 3, 31, 47), "float32"), ome=True, metadata={"axes": "TCZYX"})
write("ome_tzcyx_deflate", smooth((2, 3, 2, 31, 47), "uint16"), ome=True, compression="zlib", metadata={"axes": "TZCYX"})
write("ome_rgb", smooth((3, 33, 29, 3), "uint8"), ome=True, photometric="rgb", metadata={"axes": "TYXS"})
write("ome_big_endian_bigtiff", smooth((3, 31, 47), "int16"), ome=True, byteorder=">", bigtiff=True, metadata={"axes": "CYX"})
write("min_is_white", stack[0], photometric="miniswhite")
write("palette", smooth((31, 47), "uint8"), photometric="palette", colormap=numpy.zeros((3, 256), "uint16"))
write("bilevel", smooth((31, 47), "uint8") > 128)
write("bilevel_stack", smooth((3, 31, 47), "uint8") > 128, metadata=None)
write("centimetres", stack[0], resolution=(20000.0, 40000.0), resolutionunit="CENTIMETER", metadata=None, facts=dict(pixelSize=0.5))
write("inches", stack[0], resolution=(300.0, 300.0), resolutionunit="INCH", facts=dict(pixelSize=None))


def pyramid(name, **options):
    with tifffile.TiffWriter(path(name), **options) as tif:
        whole = smooth((64, 96), "uint16")
        tif.write(whole, subifds=2, tile=(16, 16), compression="zlib")
        tif.write(whole[::2, ::2].copy(), subfiletype=1, tile=(16, 16))
        tif.write(whole[::4, ::4].copy(), subfiletype=1, tile=(16, 16))
    record(name)


pyramid("pyramid")
pyramid("pyramid_ome", ome=True)
with tifffile.TiffWriter(path("mixed_pages")) as tif:
    for index in range(3):
        tif.write(stack[index], metadata=None, contiguous=False)
        tif.write(smooth((10, 12), "uint8"), metadata=None)
record("mixed_pages")

# libtiff: every compression it has, with predictors, in strips and tiles, both byte orders, both generations.
for dtype in integers + floats:
    for tag in (f"plain_{dtype}", f"contig3_{dtype}", f"separate3_{dtype}"):
        # tiffcp shuffles separate samples of more than 8 bits when it makes tiles: what it made without compression, which
        # tifffile can read, is then what the compressed files hold.
        tiled = f"libtiff_none_tiles_{tag}"
        for method in ("none", "lzw", "zip", "packbits", "zstd"):
            copy(f"libtiff_{method}_{tag}", tag, "-c", method, "-r", "11")
            tiles = f"libtiff_{method}_tiles_{tag}"
            copy(tiles, tag, "-c", method, "-t", "-w", "32", "-l", "16", "-B", pixels=tiled)
        predictor = "2" if dtype in integers else "3"
        for method in () if dtype == "float16" else ("lzw", "zip", "zstd"):
            name, setting = f"libtiff_{method}{predictor}", f"{method}:{predictor}"
            copy(f"{name}_{tag}", tag, "-c", setting, "-r", "11", "-L")
            copy(f"{name}_tiles_{tag}", tag, "-c", setting, "-t", "-w", "32", "-l", "16", pixels=tiled)
            # Its floating point predictor swaps the bytes of big-endian files once too often when it writes.
            big = copy_read_by_libtiff if predictor == "3" else copy
            big(f"{name}_big_{tag}", tag, "-c", setting, "-B", "-8")
copy("libtiff_pages_lzw", "pages_uint16", "-c", "lzw:2", "-r", "8")
copy("libtiff_pages_packbits_big", "pages_uint8", "-c", "packbits", "-B", "-8")
copy("libtiff_bilevel_packbits", "bilevel", "-c", "packbits")
copy("libtiff_bilevel_lzw_tiles", "bilevel", "-c", "lzw", "-t", "-w", "16", "-l", "16")
for method in ("none", "lzw", "zip"):
    copy(f"libtiff_fill_order_{method}", "plain_uint16", "-c", method, "-f", "lsb2msb")
large = smooth((700, 900), "uint16")
write("large", large)
copy("libtiff_lzw_large", "large", "-c", "lzw", "-r", "700")
copy("libtiff_lzw2_large", "large", "-c", "lzw:2", "-r", "350")
write("constant", numpy.zeros((900, 900), "uint8"))
copy("libtiff_lzw_constant", "constant", "-c", "lzw", "-r", "900")
copy("libtiff_zstd_constant", "constant", "-c", "zstd", "-r", "900")
write("grey_for_jpeg", smooth((67, 83), "uint8"))
write("rgb_for_jpeg", smooth((67, 83, 3), "uint8"), photometric="rgb")
copy_read_by_libtiff("libtiff_jpeg_grey", "grey_for_jpeg", "-c", "jpeg:90", "-r", "16")
copy_read_by_libtiff("libtiff_jpeg_tiles", "grey_for_jpeg", "-c", "jpeg:90", "-t", "-w", "32", "-l", "32")
copy_read_by_libtiff("libtiff_jpeg_rgb", "rgb_for_jpeg", "-c", "jpeg:r:90", "-r", "16")
copy_read_by_libtiff("libtiff_jpeg_ycbcr", "rgb_for_jpeg", "-c", "jpeg:90", "-r", "16")

with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump(expected, file)
